/** @file Sums that leave one number, as composites of ops. */
import type { Node } from '../ir/node.ts'
import { reshape, square, sumLeading } from '../ops/index.ts'

/** [...] -> [1]; the images of a batch are added up too. */
export function sumOfAll(x: Node): Node {
  const columns = x.shape.length > 1 ? sumLeading(x) : x
  return columns.shape[0] === 1 ? columns : sumLeading(reshape(columns, [columns.shape[0], 1]))
}

/** [...] -> [1] */
export function sumOfSquares(x: Node): Node {
  return sumOfAll(square(x))
}
