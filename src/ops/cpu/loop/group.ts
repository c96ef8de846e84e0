/** @file What a loop over elements consists of, as data: elementwise ops, and sums over rows. */
import type { Node } from '../../../ir/node.ts'
import { sizeOf } from '../../../tensor/ndarray.ts'
import { sameType } from '../../rules/infer.ts'
import { storageOf } from '../storage.ts'

export interface ElementwiseGroup {
  /** Inputs before users. Elementwise ops with results of one type, and sums of the rows of such values. */
  readonly nodes: readonly Node[]
  /** Operands that are computed elsewhere: of the same type, or unbatched [C] or [1]. */
  readonly inputs: readonly Node[]
  /** Those among the inputs that come as partial sums, one for each lane, which are added up as they are read. */
  readonly partial?: ReadonlySet<Node>
  /** Nodes of the group that are used elsewhere. Sums add to what is there. */
  readonly outputs: readonly Node[]
}

/** The value whose elements a node visits: its own, or those that it sums. */
export function visitedBy(node: Node): Node {
  return isSum(node) ? node.inputs[0] : node
}

export const isSum = (node: Node): boolean => node.op.traits.sumsRows === true

/** A value of the type that the loop goes over. */
export const loopValue = ({ nodes }: ElementwiseGroup): Node => visitedBy(nodes[0])

/** How an operand meets the elements of the loop: its own element, that of the column, or the only one. */
export type Reach = 'element' | 'column' | 'only'

export function reachOf(input: Node, group: ElementwiseGroup): Reach {
  if (sameType(input, loopValue(group))) return 'element'
  return sizeOf(input.shape) === 1 ? 'only' : 'column'
}

/** Whether columns are told apart. */
export function goesByRows(group: ElementwiseGroup): boolean {
  return group.outputs.some(isSum) || group.inputs.some((input) => reachOf(input, group) === 'column')
}

/** Pieces of an unbatched group that threads may split: rows if columns matter, else vectors. */
export function groupUnits(group: ElementwiseGroup): number {
  const { rows, pitch } = storageOf(loopValue(group))
  return goesByRows(group) ? rows : (rows * pitch) / 4
}
