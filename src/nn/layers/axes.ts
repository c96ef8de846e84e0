/** @file Axes by number, as Keras counts them: 0 is the batch, -1 the last. */
import { received, SeparableError } from '../../base/errors.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { permute } from '../../ops/index.ts'

/**
 * The axis, counted without the batch.
 * @throws SeparableError (`argument`) when the item has no such axis
 */
export function itemAxis(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis - 1
  if (index >= 0 && index < rank) return index
  throw new SeparableError('argument', `axis must be 1 to ${rank} or -${rank} to -1, ${received(axis)}`)
}

/** Applies what works along the last axis, and keeps its size, along another one. */
export function alongLast(x: Node, axis: number, apply: (x: Node) => Node): Node {
  const axes = [...itemShape(x).keys()]
  const index = itemAxis(axis, axes.length)
  const swapped = axes.with(index, axes.length - 1).with(-1, index)
  return permute(apply(permute(x, swapped)), swapped)
}
