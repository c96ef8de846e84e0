/** @file Losses of numbers (https://keras.io/api/losses/regression_losses/). Targets and outputs are [N,...] of equal shape. */
import type { Node } from '../../ir/node.ts'
import { abs, add, clip, div, log, mul, neg, scale, shift, softplus, sqrt, square, sub } from '../../ops/index.ts'
import { number } from '../schema.ts'
import { alongRows, defineLoss, meanOfElements, meanOfRows, rowSum } from './loss.ts'

const EPSILON = 1e-7

const atLeastEpsilon = (x: Node): Node => clip(x, EPSILON, Number.POSITIVE_INFINITY)

/** The mean of a distance without arguments. */
function meanOf(name: string, distance: (y: Node, output: Node) => Node) {
  return defineLoss({
    name,
    targets: 'values',
    schema: {},
    measure: (y, output) => meanOfElements(distance(y, output)),
  })
}

/** The mean of (y - p)². */
export const meanSquaredError = meanOf('meanSquaredError', (y, p) => square(sub(p, y)))

/** The mean of |y - p|. */
export const meanAbsoluteError = meanOf('meanAbsoluteError', (y, p) => abs(sub(p, y)))

/** 100 times the mean of |y - p| / |y|, where |y| counts as 1e-7 at least. */
export const meanAbsolutePercentageError = meanOf('meanAbsolutePercentageError', (y, p) =>
  scale(div(abs(sub(p, y)), atLeastEpsilon(abs(y))), 100),
)

/** The mean of (log(1 + y) - log(1 + p))², where y and p count as 1e-7 at least. */
export const meanSquaredLogarithmicError = meanOf('meanSquaredLogarithmicError', (y, p) =>
  square(sub(log(shift(atLeastEpsilon(p), 1)), log(shift(atLeastEpsilon(y), 1)))),
)

/** The mean of log(cosh(p - y)), as e + log(1 + exp(-2 e)) - log 2, which cannot overflow. */
export const logCosh = meanOf('logCosh', (y, p) => {
  const error = sub(p, y)
  return shift(add(error, softplus(scale(error, -2))), -Math.LN2)
})

/** The mean of e² / 2 where |e| <= delta and of delta |e| - delta² / 2 elsewhere, e = p - y. Default: delta 1. Huber 1964. */
export const huber = defineLoss({
  name: 'huber',
  targets: 'values',
  schema: { delta: number('where squares end', { above: 0 }).default(1) },
  measure(y, output, { delta }) {
    const error = sub(output, y)
    const held = clip(error, -delta, delta)
    return meanOfElements(mul(held, sub(error, scale(held, 0.5))))
  },
})

/** Rows of length 1; those shorter than 1e-7 are divided by that. */
function unit(x: Node): Node {
  const squares = clip(rowSum(square(x)), EPSILON ** 2, Number.POSITIVE_INFINITY)
  return div(x, alongRows(x, sqrt(squares)))
}

/** Minus the cosine of the angle between the rows of y and p: -1 where they point in the same direction. */
export const cosineSimilarity = defineLoss({
  name: 'cosineSimilarity',
  targets: 'values',
  schema: {},
  measure: (y, output) => meanOfRows(neg(mul(unit(y), unit(output)))),
})
