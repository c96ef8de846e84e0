/** @file What the importers of single nodes share: values made so far, constants, and layers with the file's numbers in them. */
import { Budget } from '../formats/bytes.ts'
import type { OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/types.ts'
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { layerFromConfig, layers } from '../nn/layers/index.ts'
import type { Json } from '../nn/schema.ts'
import { NdArray, type Shape } from '../tensor/ndarray.ts'
import { equalOrder, inOrder, movesNothing, type Order, sameOrder } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

/** An f32 value of the file that images change. */
export interface Value {
  readonly tensor: SymbolicTensor
  /** As the file has it; the first axis is the batch. */
  readonly shape: Shape
  readonly order: Order
  /** The pictures that this is, flattened: a dense layer takes them as they lie here. */
  readonly pictures?: Value
}

/** A constant of floats. */
export type Weight = Extract<OnnxTensor, { readonly kind: 'float' }>

/** From a node to the values that it makes, in the order of its outputs. */
export type Importer = (node: NodeArgs, scope: ImportScope) => Value | readonly Value[]

/** What layers and computed constants may take: a multiple of the file, and room for what is made of nothing. */
function memoryFor(fileBytes: number): number {
  return 2 ** 26 + 32 * fileBytes
}

export class ImportScope {
  readonly budget: Budget
  readonly values = new Map<string, Value>()
  readonly constants: Map<string, OnnxTensor>
  /** The size of the batch for which the file was made; 1 when it is open. It only tells the batch from other axes. */
  readonly batch: number
  /** Nodes whose work a layer has taken over: their value is that of the layer. */
  readonly absorbed = new Set<OnnxNode>()
  readonly #makers = new Map<string, OnnxNode>()
  readonly #readers = new Map<string, OnnxNode[]>()
  readonly #outputs: ReadonlySet<string>
  readonly #names = new Set<string>()

  constructor(file: OnnxModel, bytes: number, what: string) {
    this.budget = new Budget(what, memoryFor(bytes))
    this.constants = new Map(file.initializers)
    this.#outputs = new Set(file.outputs.map(({ name }) => name))
    const [open] = file.inputs.filter(({ name }) => !file.initializers.has(name)).map(({ shape }) => shape?.[0])
    this.batch = typeof open === 'number' && open > 0 ? open : 1
    for (const node of file.nodes) {
      for (const name of node.outputs) this.#makers.set(name, node)
      for (const name of new Set(node.inputs)) {
        const readers = this.#readers.get(name)
        if (readers) readers.push(node)
        else this.#readers.set(name, [node])
      }
    }
  }

  // ---------------------------------------------------------------------------- operands

  /** Operand `index` of a node, which images must change. */
  value(node: NodeArgs, index: number): Value {
    const name = node.inputName(index)
    const value = name === undefined ? undefined : this.values.get(name)
    if (value) return value
    if (name !== undefined && this.constants.has(name))
      throw node.unsupported(`operand ${index} must not be a constant`, name)
    throw node.damaged(`operand ${index} is missing, or nothing made it`, name)
  }

  /** Operand `index` when it is known while the file is read. */
  constant(node: NodeArgs, index: number): OnnxTensor | undefined {
    return this.constants.get(node.inputName(index) ?? '')
  }

  /** Operand `index`, which must be known; undefined when it is left out. */
  constantOrNone(node: NodeArgs, index: number): OnnxTensor | undefined {
    const constant = this.constant(node, index)
    if (constant || node.inputName(index) === undefined) return constant
    throw node.unsupported(`operand ${index} must be a constant`, node.inputName(index))
  }

  /** A weight, which must be known and have this many axes. */
  weight(node: NodeArgs, index: number, rank: number): Weight {
    const weight = this.constantOrNone(node, index)
    if (!weight) throw node.damaged(`operand ${index} is missing`, weight)
    if (weight.kind !== 'float') throw node.unsupported(`operand ${index} must hold floats`, weight.kind)
    if (weight.shape.length === rank) return weight
    throw node.unsupported(`operand ${index} must have ${rank} axes`, weight.shape)
  }

  /** The one node that reads this value, if it is one and the value is no output. */
  onlyReader(name: string): OnnxNode | undefined {
    const readers = this.readers(name)
    return readers.length === 1 && !this.#outputs.has(name) ? readers[0] : undefined
  }

  /** Whether a node reads this value, or the graph returns it. */
  isWanted(name: string): boolean {
    return this.#readers.has(name) || this.#outputs.has(name)
  }

  /** The node that makes a value. */
  maker(name: string | undefined): OnnxNode | undefined {
    return this.#makers.get(name ?? '')
  }

  readers(name: string): readonly OnnxNode[] {
    return this.#readers.get(name) ?? []
  }

  // ---------------------------------------------------------------------------- values

  /** What a layer made, whose axes lie in this order. */
  made(tensor: SymbolicTensor, order: Order): Value {
    const ours = [this.batch, ...(tensor.shape.slice(1) as number[])]
    return { tensor, order, shape: inOrder(ours, order) }
  }

  /** The same value with its axes in this order. */
  reordered(node: NodeArgs, value: Value, order: Order): Value {
    if (equalOrder(value.order, order)) return value
    const dims = order.map((_, axis) => value.order[order.indexOf(axis)])
    const ours = [this.batch, ...(value.tensor.shape.slice(1) as number[])]
    const targetShape = inOrder(ours, dims).slice(1)
    const layer = movesNothing(ours, dims)
      ? layers.reshape({ name: this.name(node, 'reshape'), targetShape })
      : layers.permute({ name: this.name(node, 'permute'), dims: dims.slice(1) })
    return this.made(layer.apply(value.tensor), order)
  }

  // ---------------------------------------------------------------------------- layers

  /** The name of the node as one for a layer, with a number when it is taken. */
  name({ node }: NodeArgs, suffix = ''): string {
    const own = node.name || `${node.opType}_${node.outputs[0] ?? ''}`
    // `/features/conv1/Conv` is the layer `features_conv1`.
    const path = own.replace(/\/[^/]+$/, '') || own
    const base = [plainName(path) || node.opType.toLowerCase(), suffix].filter(Boolean).join('_')
    return this.#unused(base)
  }

  /** The name of an input as one for a layer. */
  inputName(name: string): string {
    return this.#unused(plainName(name) || 'input')
  }

  #unused(base: string): string {
    let name = base
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`
    this.#names.add(name)
    return name
  }

  /** Uses a layer, and gives it the file's weights, in the order of `layer.weights`. */
  apply(layer: Layer, inputs: readonly SymbolicTensor[], weights: readonly Float32Array[] = []): SymbolicTensor {
    const output = layer.apply(inputs)
    for (const { length } of weights) this.budget.spend(4 * length)
    if (weights.length > 0) layer.setWeights(layer.weights.map(({ shape }, i) => new NdArray(weights[i], shape)))
    return output
  }

  /** A layer without weights that changes elements but not where they are. */
  elementwise(value: Value, layer: Layer): Value {
    return this.made(layer.apply(value.tensor), value.order)
  }

  plain({ shape }: Value): Order {
    return sameOrder(shape.length)
  }
}

/** Whether a value is a picture or a sequence. */
export function isSpatial({ shape }: Value): boolean {
  return shape.length === 3 || shape.length === 4
}

/**
 * A layer that Keras has for each number of axes between the batch and the channels: `ConvND` is `Conv1D` over sequences, `Conv2D`
 * over pictures. Arguments that are lists have an entry for each of these axes; over sequences it stands alone.
 */
export function layerOver({ shape }: Value, className: string, args: { readonly [name: string]: Json }): Layer {
  const axes = shape.length - 2
  const own = Object.entries(args).map(([name, value]) => [name, axes === 1 && Array.isArray(value) ? value[0] : value])
  return layerFromConfig(className.replace('ND', `${axes}D`), Object.fromEntries(own))
}

/** A name of the file without what the names of layers must not hold. */
export function plainName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').replace(/^_+/, '')
}
