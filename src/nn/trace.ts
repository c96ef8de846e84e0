/**
 * @file Tracing: layers compute by adding nodes to a graph. A `Trace` is one graph under construction, a `Tensor` one value
 * in it. The same `call` of a layer is traced for shapes, for prediction and for training.
 */
import { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import { cast, input, mul, param, scalar } from '../ops/index.ts'
import type { DType, Shape } from '../tensor/ndarray.ts'
import type { Variable } from './variable.ts'

/** Images of which only a share [N,1] is left, the rest being their partners. */
export interface Blend {
  readonly share: Node
  /** What a value of the batch has at each image's partner. */
  partner(value: Node): Node
}

/** Numbers fed at each run of a graph, beside its inputs. */
export type ScalarName =
  /** 1 / the number of images in this batch, which may be shorter than the graph's. */
  | 'invBatch'
  /** The number of the step, a whole number: changes what dropout drops. */
  | 'step'
  /** What the optimizer has computed for this step. */
  | `optimizer/${string}`

export class Trace {
  readonly graph = new Graph()
  /** Whether this is a training step: dropout drops, batch statistics are used. */
  readonly training: boolean
  readonly #updating: boolean
  readonly #leaves = new Map<Variable, Node>()
  readonly #scalars = new Map<ScalarName, Node>()
  readonly #penalties: Node[] = []
  readonly #blends = new Map<object, Blend>()
  readonly #path: string[] = []

  /** `updating` false leaves all variables as they are; by default training updates them. */
  constructor({ training, updating = training }: { readonly training: boolean; readonly updating?: boolean }) {
    this.training = training
    this.#updating = updating
  }

  /** Layers being traced, outermost first: `block/conv2d`. */
  get path(): string {
    return this.#path.join('/')
  }

  /** Variables that the graph reads. */
  get variables(): readonly Variable[] {
    return [...this.#leaves.keys()]
  }

  /** Scalars that the graph reads. */
  get scalars(): readonly ScalarName[] {
    return [...this.#scalars.keys()]
  }

  /** What is added to the loss besides: numbers [1]; of a batch the means of its images. */
  get penalties(): readonly Node[] {
    return this.#penalties
  }

  /** Adds a number [1] to the loss (Keras: `add_loss`). */
  penalize(penalty: Node): void {
    this.#penalties.push(penalty)
  }

  /** Adds what a batch has come to, a sum over its images, to the loss: as their mean, like Keras 3.15. */
  penalizeResult(sum: Node): void {
    this.penalize(mul(sum, this.scalar('invBatch')))
  }

  /** What has become of the images of the batch, in this order. */
  get blends(): readonly Blend[] {
    return [...this.#blends.values()]
  }

  /** Says that images are blended from now on, and targets with them. Several inputs that one layer blends count once. */
  blend(layer: object, blend: Blend): void {
    if (!this.#blends.has(layer)) this.#blends.set(layer, blend)
  }

  /** A value fed at each run. Bytes become f32 numbers at once: layers compute in f32. */
  input(name: string, shape: Shape, dtype: DType): Tensor {
    const node = input(this.graph, name, { shape, dtype, batched: true })
    return new Tensor(this, dtype === 'u8' ? cast(node, { scale: 1, offset: 0 }) : node)
  }

  /** The value of a variable, in its stored shape. */
  read(variable: Variable): Node {
    const known = this.#leaves.get(variable)
    if (known) return known
    const leaf = param(this.graph, variable.key, variable.stored)
    this.#leaves.set(variable, leaf)
    return leaf
  }

  scalar(name: ScalarName): Node {
    const known = this.#scalars.get(name)
    if (known) return known
    const leaf = scalar(this.graph, name)
    this.#scalars.set(name, leaf)
    return leaf
  }

  /** What the variable will be when the run ends, as far as is known: a layer that is used twice updates it twice. */
  latest(variable: Variable): Node {
    const leaf = this.read(variable)
    return this.graph.updateOf(leaf) ?? leaf
  }

  /** Gives the variable a new value when the run ends. */
  update(variable: Variable, value: Node): void {
    if (this.#updating) this.graph.update(this.read(variable), value)
  }

  /** Nodes and weights made inside `body` belong to the layer of this name. */
  within<T>(name: string, body: () => T): T {
    this.#path.push(name)
    try {
      return this.graph.within(name, body)
    } finally {
      this.#path.pop()
    }
  }
}

/** A value in a graph under construction: what `call` of a layer receives and returns. Shape [N, ...], f32. */
export class Tensor {
  readonly trace: Trace
  readonly node: Node

  constructor(trace: Trace, node: Node) {
    this.trace = trace
    this.node = node
  }

  get shape(): Shape {
    return this.node.shape
  }

  get dtype(): DType {
    return this.node.dtype
  }

  /** The value that an op, or several, make of this one: `x.map(relu)`. */
  map(op: (node: Node) => Node): Tensor {
    return new Tensor(this.trace, op(this.node))
  }
}
