/**
 * @file The base of all layers: arguments, weights, sub-layers, and `apply`, which either records a use of the layer (on a
 * placeholder) or adds the layer to a graph (on a traced value).
 */
import { blaming, received, SeparableError } from '../base/errors.ts'
import { itemShape } from '../ir/node.ts'
import { asArray } from '../tensor/as-array.ts'
import { type ArrayLikeInput, type DType, NdArray, type Shape, showShape, type TypedArray } from '../tensor/ndarray.ts'
import type { Constraint } from './constraints.ts'
import type { Initializer } from './initializers.ts'
import { autoName, uniqueName } from './names.ts'
import type { Regularizer } from './regularizers.ts'
import {
  type Args,
  type ArgsParameter,
  bool,
  encode,
  type Json,
  type Resolved,
  resolve,
  type Schema,
  text,
} from './schema.ts'
import { Tensor, Trace } from './trace.ts'
import { Variable } from './variable.ts'

/** Sizes along each axis; `null` for the batch, which is not known before data arrives. */
export type SymbolicShape = readonly (number | null)[]

/** One use of a layer. A shared layer has several. */
export interface Application {
  readonly layer: Layer
  readonly inputs: readonly SymbolicTensor[]
  /** Counts the uses of this layer from 0. */
  readonly index: number
}

/** A placeholder of the functional API: the type of a value to be computed, and the use of a layer that makes it. */
export class SymbolicTensor {
  readonly shape: SymbolicShape
  readonly dtype: DType
  readonly source: Application
  /** Which of the outputs of that use this is; 0 for all layers but networks. */
  readonly index: number

  constructor(shape: SymbolicShape, dtype: DType, source: Application, index = 0) {
    this.shape = shape
    this.dtype = dtype
    this.source = source
    this.index = index
  }
}

const COMMON_ARGS = {
  name: text('name of the layer, unique in its model; null counts up: conv2d, conv2d_1').orNull(),
  trainable: bool('whether training changes the weights').default(true),
}

/** What a layer's constructor accepts: its own arguments, `name` and `trainable`. */
export type LayerArgs<S extends Schema> = Args<S> & Args<typeof COMMON_ARGS>

interface WeightOptions {
  readonly initializer: Initializer
  /** Default: true. */
  readonly trainable?: boolean
  /** The same elements in the shape that ops want. Default: the weight's shape. */
  readonly stored?: Shape
  /** Penalty that is added to the loss. Default: none. */
  readonly regularizer?: Regularizer | null
  /** What it is brought back to after each step. Default: nothing. */
  readonly constraint?: Constraint | null
}

/**
 * A step of a network, with weights of its own or of its sub-layers.
 *
 * To make one, extend this class, create sub-layers as fields and compose them in `call`:
 *
 *     class Twice extends layers.Layer {
 *       first = layers.conv2d({ filters: 8, kernelSize: 3 })
 *       second = layers.conv2d({ filters: 8, kernelSize: 3 })
 *       override call(x: Tensor) {
 *         return this.second.apply(this.first.apply(x))
 *       }
 *     }
 *
 * Fields that hold a layer, or an array of layers, are found by themselves. Keras: https://keras.io/api/layers/base_layer/
 */
export abstract class Layer<S extends Schema = Record<never, never>> {
  /** The name of the class in configs and summaries. Default: that of the JavaScript class. */
  static readonly className: string | undefined = undefined
  /** The arguments of the constructor. */
  static readonly schema: Schema = {}
  /** How many axes an input must have, the batch included; `undefined` when any will do. */
  static readonly inputRank: number | undefined = undefined

  readonly name: string
  /** The arguments, checked and completed. */
  readonly config: Resolved<S>
  #trainable: boolean
  #built = false
  #path: string
  readonly #weights: Variable[] = []
  /** What each use returned. */
  readonly #uses: (readonly SymbolicTensor[])[] = []

  /** @throws SeparableError (`argument`) for an argument that is unknown, missing or does not fit. */
  constructor(...[args]: ArgsParameter<LayerArgs<S>>) {
    const { name, trainable, ...config } = resolve(this.className, { ...COMMON_ARGS, ...new.target.schema }, args)
    if (name?.includes('/'))
      throw new SeparableError('argument', `${this.className}: name must not contain "/", ${received(name)}`)
    this.name = name ?? autoName(this.className)
    this.config = Object.freeze(config) as Resolved<S>
    this.#trainable = trainable
    this.#path = this.name
  }

  /** Adds this layer to a graph: inputs and result are [N, ...] of f32. Called while tracing, any number of times. */
  abstract call(...inputs: readonly Tensor[]): Tensor

  /** Creates the weights, by `addWeight`; called once, before the first `call`. Shapes are without the batch axis. */
  build(..._inputShapes: readonly Shape[]): void {}

  /** What `call` returns, as a list; networks may have several outputs. */
  protected callAll(inputs: readonly Tensor[]): readonly Tensor[] {
    return [this.call(...inputs)]
  }

  /**
   * Uses the layer on placeholders (result: a placeholder), or, inside `call`, on values of the graph being traced.
   * @throws SeparableError (`shape`) naming the layer when the shapes do not fit, (`unsupported`) when it is a network of
   *   several outputs: `applyAll` returns them
   */
  apply(input: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor
  apply(input: Tensor | readonly Tensor[]): Tensor
  apply(input: unknown): SymbolicTensor | Tensor {
    const [output, ...others] = this.applyAll(input as Tensor)
    if (others.length === 0) return output
    throw new SeparableError(
      'unsupported',
      `${this.name} (${this.className}): apply knows one output, take applyAll, ${received(1 + others.length)}`,
    )
  }

  /** As `apply`, for networks of any number of outputs, which are returned in their order. @throws SeparableError as `apply` */
  applyAll(input: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[]
  applyAll(input: Tensor | readonly Tensor[]): readonly Tensor[]
  applyAll(input: unknown): readonly SymbolicTensor[] | readonly Tensor[] {
    const inputs: unknown[] = Array.isArray(input) ? input : [input]
    if (inputs.length && inputs.every((x) => x instanceof Tensor)) return this.#addTo(inputs[0].trace, inputs)
    if (inputs.length && inputs.every((x) => x instanceof SymbolicTensor)) return this.#record(inputs)
    throw new SeparableError(
      'argument',
      `${this.name} (${this.className}): apply wants what input() or another layer's apply returned, ${received(input)}`,
    )
  }

  get className(): string {
    const made = this.constructor as typeof Layer
    return (Object.hasOwn(made, 'className') ? made.className : undefined) ?? made.name
  }

  get built(): boolean {
    return this.#built
  }

  /** The placeholder that the first use of this layer returned. */
  get output(): SymbolicTensor {
    const [output] = this.#uses[0] ?? []
    if (!output)
      throw new SeparableError('argument', `${this.name} has no output: it was not applied yet, ${received(0)} uses`)
    return output
  }

  /** The shapes of all that the first use of this layer returned. */
  get outputShapes(): readonly SymbolicShape[] {
    return (this.#uses[0] ?? [this.output]).map(({ shape }) => shape)
  }

  /** Layers in the fields of this one, in the order of the fields. */
  get sublayers(): readonly Layer[] {
    return Object.values(this)
      .flat()
      .filter((value): value is Layer => value instanceof Layer)
  }

  /** Whether training changes the weights. A frozen batch normalisation also stops using the batch's statistics. */
  get trainable(): boolean {
    return this.#trainable
  }

  /** Applies to all sub-layers too. Takes effect at the next `compile` of the model. */
  set trainable(trainable: boolean) {
    this.#trainable = trainable
    for (const layer of this.sublayers) layer.trainable = trainable
  }

  // ---------------------------------------------------------------------------- weights

  /** Own weights, trainable ones first, then those of the sub-layers. */
  get weights(): readonly Variable[] {
    const own = [...this.#weights.filter((w) => w.trainable), ...this.#weights.filter((w) => !w.trainable)]
    return [...new Set([...own, ...this.sublayers.flatMap((layer) => layer.weights)])]
  }

  get trainableWeights(): readonly Variable[] {
    if (!this.trainable) return []
    const own = this.#weights.filter((weight) => weight.trainable)
    return [...new Set([...own, ...this.sublayers.flatMap((layer) => layer.trainableWeights)])]
  }

  get nonTrainableWeights(): readonly Variable[] {
    const trainable = new Set(this.trainableWeights)
    return this.weights.filter((weight) => !trainable.has(weight))
  }

  /** The number of elements of all weights. */
  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0)
  }

  /** Copies of the weights, f32, in the order of `weights`. */
  getWeights(): NdArray<Float32Array<ArrayBuffer>>[] {
    return this.weights.map((weight) => new NdArray(weight.read(), weight.shape))
  }

  /**
   * @param values one array for each weight, in the order of `weights`; a typed array of its numbers will do
   * @throws SeparableError (`argument`, `shape`) naming the weight when number or shapes do not fit; nothing is changed then
   */
  setWeights(values: readonly (ArrayLikeInput | TypedArray)[]): void {
    const { weights } = this
    if (!Array.isArray(values))
      throw new SeparableError('argument', `${this.name}: setWeights takes a list of arrays, ${received(values)}`)
    if (values.length !== weights.length)
      throw new SeparableError(
        'shape',
        `${this.name}: setWeights wants ${weights.length} arrays (${weights.map((w) => w.path).join(', ')}), ${received(values.length)}`,
      )
    const arrays = weights.map(({ path, shape, size }, i) => {
      const given: unknown = values[i]
      const isFlat = ArrayBuffer.isView(given) && (given as TypedArray).length === size
      const array = isFlat ? new NdArray(given as TypedArray, shape) : asArray(given, `${path}: setWeights: a weight`)
      if (showShape(shape) === showShape(array.shape)) return array
      throw new SeparableError('shape', `${path}: setWeights wants ${showShape(shape)}, ${received(array.shape)}`)
    })
    weights.forEach((weight, i) => {
      weight.write(arrays[i].data)
    })
  }

  /** Creates a weight; for `build`. Its first values are drawn when they are needed. */
  protected addWeight(name: string, shape: Shape, { initializer, ...options }: WeightOptions): Variable {
    const initial = () => initializer.values(shape)
    const path = `${this.#path}/${name}`
    const weight = new Variable({ path, key: uniqueName(path), shape, initial, ...options })
    this.#weights.push(weight)
    return weight
  }

  /** The arguments as plain data: what the constructor accepts. */
  getConfig(): { [name: string]: Json } {
    const { schema } = this.constructor as typeof Layer
    return { name: this.name, trainable: this.trainable, ...encode(schema, this.config as Resolved<Schema>) }
  }

  // ---------------------------------------------------------------------------- tracing

  /** Finds the result's type by really tracing `call` on one image, so that it cannot differ from the real one. */
  #record(inputs: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    const trace = new Trace({ training: false })
    const images = inputs.map(({ shape, dtype }, i) => trace.input(`x${i}`, [1, ...(shape.slice(1) as Shape)], dtype))
    const source = { layer: this as Layer, inputs, index: this.#uses.length }
    const outputs = this.#addTo(trace, images).map(
      ({ node }, i) => new SymbolicTensor([null, ...itemShape(node)], node.dtype, source, i),
    )
    this.#uses.push(outputs)
    return outputs
  }

  #addTo(trace: Trace, inputs: readonly Tensor[]): readonly Tensor[] {
    return trace.within(this.name, () =>
      blaming(`${trace.path} (${this.className})`, () => {
        this.#checkRank(inputs)
        if (!this.#built) this.#buildOnce(trace, inputs)
        return this.callAll(inputs).map((output) => {
          if (output instanceof Tensor && output.node.batched) return this.#penalized(output)
          throw new SeparableError('argument', `call must return the value of a batch, ${received(output)}`)
        })
      }),
    )
  }

  /** Adds what the layer's `activityRegularizer`, if it has one, says about its result to the loss. */
  #penalized(output: Tensor): Tensor {
    const { activityRegularizer } = this.config as { readonly activityRegularizer?: Regularizer | null }
    if (activityRegularizer) output.trace.penalizeResult(activityRegularizer.penalty(output.node))
    return output
  }

  #checkRank(inputs: readonly Tensor[]): void {
    const { inputRank } = this.constructor as typeof Layer
    const wrong = inputs.find(({ shape }) => inputRank !== undefined && shape.length !== inputRank)
    if (wrong)
      throw new SeparableError(
        'shape',
        `the input must have ${inputRank} axes, ${received([null, ...wrong.shape.slice(1)])}`,
      )
  }

  #buildOnce(trace: Trace, inputs: readonly Tensor[]): void {
    this.#path = trace.path
    this.#weights.length = 0 // an earlier attempt may have failed halfway
    this.build(...inputs.map(({ shape }) => shape.slice(1)))
    this.#built = true
  }
}
