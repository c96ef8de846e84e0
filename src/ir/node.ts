/**
 * @file The intermediate representation: a directed acyclic graph of nodes with static shapes. It
 * knows the type of an op's definition but no op by name.
 */
import type { DType, Shape } from '../tensor/ndarray.ts'

/** What is known about a value before it is computed. */
export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
  /** The first axis counts the images of the batch. Weights, gradients and scalars are not batched. */
  readonly batched: boolean
}

/** Attributes of a node: plain data, so that a graph prints and compares as text. */
export type Attrs = { readonly [key: string]: number | string | boolean | readonly number[] }

export interface Node extends TensorType {
  readonly id: number
  readonly graph: GraphScope
  readonly op: OpDef
  readonly inputs: readonly Node[]
  readonly attrs: Attrs
  /** Where it came from, for people: the layer path, `block1/separable_conv2d`. */
  readonly label: string
}

/** The part of a graph that building a node needs. */
export interface GraphScope {
  add(op: OpDef, inputs: readonly Node[], attrs: Attrs, type: TensorType): Node
  /** Nodes made inside `body` carry this label. */
  within<T>(label: string, body: () => T): T
}

/**
 * What passes may know about an op. Passes read these and never names, so that a new op is
 * scheduled, fused and planned without touching a pass.
 */
export interface Traits {
  /** Not computed: fed from outside or kept in memory between steps. */
  readonly leaf?: 'input' | 'param' | 'scalar' | 'constant'
  /** Each element of the result depends on the same element of the inputs (which may broadcast). */
  readonly elementwise?: true
  /** An elementwise op that takes no more time than loading its result. */
  readonly cheap?: true
  /** Sums the rows of input 0: all its axes but the last. */
  readonly sumsRows?: true
  /** Its kernel can apply a chain of elementwise ops to each element before storing it. */
  readonly epilogue?: true
  /** Sums over the images of the batch: the result is accumulated and is not batched. */
  readonly reducesBatch?: true
  /** Each image of the result may come from any image of this input, all of which must be there. */
  readonly crossesImages?: number
  /** The bytes of input 0 under another shape. */
  readonly view?: true
  /** Any range of rows of its result is cheap to recompute, so it need not be stored. */
  readonly tileSource?: true
  /** This input is read a tile of rows at a time, so that a `tileSource` may compute it in place. */
  readonly readsTiles?: number
  /** The result is linear in each of these inputs: the adjoint test applies. */
  readonly linear?: readonly number[]
}

export interface Cost {
  /** Multiply-accumulates for the whole node. */
  readonly macs: number
}

/** One point where an op is tested: input shapes, attributes, and the range values are drawn from. */
export interface OpCase {
  readonly inputs: readonly { shape: Shape; dtype?: DType; batched?: boolean; range?: readonly [number, number] }[]
  readonly attrs?: Attrs
}

/** The meaning of an op: no loops, no machine code. */
export interface OpDef {
  readonly name: string
  readonly traits: Traits
  /** The type of the result. @throws SeparableError (`shape`) naming the op and what was received. */
  infer(inputs: readonly TensorType[], attrs: Attrs): TensorType
  cost(node: Node): Cost
  /**
   * Gradients of a scalar loss with respect to each input, given that with respect to the result;
   * null where there is none. `'none'` when the op is not differentiable at all.
   */
  readonly grad: 'none' | ((node: Node, dy: Node) => readonly (Node | null)[])
  /** Shapes shared by the gradient check, the parity tests and the documentation. */
  readonly cases: readonly OpCase[]
}

/** Makes a node of `op` in the graph of its first input. */
export function build(op: OpDef, inputs: readonly Node[], attrs: Attrs = {}): Node {
  const type = op.infer(inputs, attrs)
  return (inputs[0] as Node).graph.add(op, inputs, attrs, type)
}

/** The sizes of one image of a batched value, or the whole shape otherwise. */
export function itemShape(type: TensorType): Shape {
  return type.batched ? type.shape.slice(1) : type.shape
}

/** Whether the node adds up images: an op with `reducesBatch` may get an operand without images. */
export function sumsImages(node: Node): boolean {
  return node.op.traits.reducesBatch === true && node.inputs.some((input) => input.batched)
}

/** Whether work on the node is split by images or on units of an unbatched value. */
export function worksOnImages(node: Node): boolean {
  return node.batched || sumsImages(node)
}
