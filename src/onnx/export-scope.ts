/** @file What the emitters of an export share: the values made so far, and the numbers behind weights and constants. */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import type { Variable } from '../nn/variable.ts'
import { runReference } from '../ops/evaluate.ts'
import type { RefArray } from '../ops/reference-kernel.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { type Attributes, type GraphWriter, int, ints } from './graph-writer.ts'
import { groupedConvolution } from './grouped.ts'
import { equalOrder, type Order, sameOrder } from './layout.ts'
import type { Traced } from './trace-model.ts'

/** The ONNX value of a node. */
export interface Value {
  readonly name: string
  /** Of our node, for one image. */
  readonly shape: Shape
  readonly order: Order
  /**
   * The value is these pictures, flattened, and not made yet: what reads it may prefer them with their channels first. The
   * name is empty then.
   */
  readonly pictures?: Node
}

/** From a node, whose batched operands have values already, to its own value. */
export type Emitter = (node: Node, scope: Scope) => Value

export class Scope {
  readonly writer: GraphWriter
  readonly values = new Map<Node, Value>()
  readonly #traced: Traced
  readonly #users = new Map<Node, number>()
  readonly #constants = new Map<Node, RefArray>()
  readonly #transposed = new Map<string, string>()

  constructor(writer: GraphWriter, traced: Traced) {
    this.writer = writer
    this.#traced = traced
    const roots = traced.outputs.map(({ node }) => node)
    for (const node of [...roots, ...this.needed().flatMap((each) => this.#operands(each))])
      this.#users.set(node, (this.#users.get(node) ?? 0) + 1)
  }

  /** Nodes of the batch that some output needs, operands first. */
  needed(): Node[] {
    const needed = new Set<Node>()
    const stack = this.#traced.outputs.map(({ node }) => node)
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (needed.has(node)) continue
      needed.add(node)
      stack.push(...this.#operands(node))
    }
    return this.#traced.nodes.filter((node) => needed.has(node))
  }

  #operands(node: Node): readonly Node[] {
    const norm = this.#traced.norms.get(node)
    if (norm) return [norm.input]
    const grouped = groupedConvolution(node)
    if (grouped) return [grouped.x]
    const operands = node.inputs.filter(({ batched }) => batched)
    return node.op.name === 'dwconv2d' ? operands.map(beforeRepeating) : operands
  }

  /** Whether no other node and no output needs this value. */
  hasOneUser(node: Node): boolean {
    return this.#users.get(node) === 1
  }

  value(node: Node): Value {
    const value = this.values.get(node) as Value
    if (!value.pictures) return value
    const operand = this.want(value.pictures, Scope.plain(value.pictures))
    const made = this.make(node, value.order, 'Flatten', [operand], { axis: int(1) })
    this.values.set(node, made)
    return made
  }

  /** The pictures behind a value that is not made yet. */
  picturesBehind(node: Node): Node | undefined {
    return this.values.get(node)?.pictures
  }

  /** The name of a node's value with its axes in this order. */
  want(node: Node, order: Order): string {
    const value = this.value(node)
    if (equalOrder(value.order, order)) return value.name
    const key = `${value.name} ${order}`
    const known = this.#transposed.get(key)
    if (known) return known
    const perm = order.map((axis) => value.order.indexOf(axis))
    const name = this.writer.node(node.label, 'Transpose', [value.name], { perm: ints(perm) })
    this.#transposed.set(key, name)
    return name
  }

  /** The value of `node`, made by one ONNX node. */
  make(node: Node, order: Order, opType: string, inputs: readonly string[], attributes: Attributes = {}): Value {
    return { name: this.writer.node(node.label, opType, inputs, attributes), shape: node.shape, order }
  }

  /** The numbers of a node that no image changes: weights, constants and what is computed of them. */
  constant(node: Node): Float32Array<ArrayBuffer> {
    const variable = this.#variableOf(node)
    return variable ? variable.read() : new Float32Array(this.#evaluate(node).data)
  }

  #evaluate(node: Node): RefArray {
    const known = this.#constants.get(node)
    if (known) return known
    const value = node.op.traits.leaf
      ? this.#leaf(node)
      : runReference(
          node,
          node.inputs.map((input) => this.#evaluate(input)),
        )
    this.#constants.set(node, value)
    return value
  }

  #leaf(node: Node): RefArray {
    const { op, attrs, shape, label } = node
    if (op.traits.leaf === 'constant') return { data: Float64Array.of(attrs.value as number), shape }
    const variable = this.#variableOf(node)
    if (variable) return { data: new Float64Array(variable.snapshot()), shape }
    throw new SeparableError('unsupported', `exportOnnx: ${label}: not known before a run, ${received(attrs.name)}`)
  }

  #variableOf({ op, attrs }: Node): Variable | undefined {
    return op.traits.leaf === 'param' ? this.#traced.variables.find(({ key }) => key === attrs.name) : undefined
  }

  /** A weight as an initializer under its own name, or that of the op when it was computed, in that of its layer. */
  initializer(node: Node, data: Float32Array, shape: Shape): string {
    const name = this.#variableOf(node)?.name ?? node.op.name
    return this.writer.floats(`${node.label}/${name}`, data, shape)
  }

  /** One number as an initializer. */
  scalar(node: Node, what: string, value: number): string {
    return this.writer.floats(`${node.label}/${what}`, Float32Array.of(value), [])
  }

  /** The axes as they are here. */
  static plain({ shape }: { readonly shape: Shape }): Order {
    return sameOrder(shape.length)
  }
}

/** A depthwise convolution of repeated channels reads the channels themselves there, with several filters each. */
export function beforeRepeating(node: Node): Node {
  return node.op.name === 'repeatChannels' ? node.inputs[0] : node
}
