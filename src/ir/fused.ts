/** @file What fusion makes of a graph: nodes that run together, as plain data. */
import type { Node } from './node.ts'

/** An elementwise op applied to each element before it is stored; `extras` index the call's extra operands. */
export interface EpilogueStep {
  readonly node: Node
  /** Which input of `node` is the value flowing through; the others are extras. */
  readonly through: number
  readonly extras: readonly number[]
}

/** A node with what its kernel does besides. */
export interface Fused {
  readonly node: Node
  /** Computes the operand `node.op.traits.readsTiles` tile by tile; its inputs replace that operand. */
  readonly source?: Node
  readonly epilogue: readonly EpilogueStep[]
  /** The extra operands of the epilogue. */
  readonly extras: readonly Node[]
}

export interface FusedOp extends Fused {
  readonly kind: 'op'
}

/** One loop over the elements of equally shaped values. */
export interface FusedGroup {
  readonly kind: 'group'
  /** Inputs before users. */
  readonly nodes: readonly Node[]
  /** Those among them that other groups compute again for themselves: nobody stores these. */
  readonly repeated: ReadonlySet<Node>
}

export type Cluster = FusedOp | FusedGroup

/** The operands of a call, in the order in which its kernel gets them. */
export function operandsOf(call: Pick<Fused, 'node' | 'source'>): Node[] {
  const { node, source } = call
  if (!source) return [...node.inputs]
  return node.inputs.flatMap((input, i) => (i === node.op.traits.readsTiles ? source.inputs : [input]))
}

/** The value that a call stores: the end of its epilogue. */
export function resultOf(call: Pick<Fused, 'node' | 'epilogue'>): Node {
  return call.epilogue.at(-1)?.node ?? call.node
}
