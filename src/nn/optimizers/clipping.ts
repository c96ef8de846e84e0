/** @file Shortening gradients. Sums of squares are sums over whole weights; what is multiplied is fused into the update. */
import type { Node } from '../../ir/node.ts'
import { add, constant, div, maximum, mul, sqrt } from '../../ops/index.ts'
import { sumOfSquares } from '../reductions.ts'

/** The gradient, shortened to this norm where it is longer. */
export function clippedByNorm(gradient: Node, norm: number): Node {
  return mul(gradient, factorFor(sumOfSquares(gradient), norm))
}

/** The gradients, shortened by one factor so that together they are no longer than this. */
export function clippedTogether(gradients: readonly Node[], norm: number): readonly Node[] {
  const factor = factorFor(gradients.map(sumOfSquares).reduce(add), norm)
  return gradients.map((gradient) => mul(gradient, factor))
}

/** norm / max(length, norm), [1] */
function factorFor(squares: Node, norm: number): Node {
  const limit = constant(squares.graph, norm)
  return div(limit, maximum(sqrt(squares), limit))
}
