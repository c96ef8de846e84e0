/** @file Metrics of numbers that are no means of a loss (https://keras.io/api/metrics/regression_metrics/). */
import { mul, neg, square, sub } from '../../ops/index.ts'
import { losses } from '../losses/index.ts'
import { withSchema } from '../schema.ts'
import { defineMean, defineMetric, type Metric, ratio, sum, sumOver } from './metric.ts'

const squares = defineMean({
  kind: 'rootMeanSquaredError',
  targets: 'values',
  better: 'lower',
  schema: {},
  measure: (y, output) => losses.meanSquaredError().measure(y, output),
})

/** The root of the mean of (y - p)². Targets and outputs [N,...]. */
export const rootMeanSquaredError = withSchema(squares.schema, (args: Parameters<typeof squares>[0] = {}): Metric => {
  const mean = squares(args)
  return { ...mean, result: (sums, count) => Math.sqrt(mean.result(sums, count)) }
})

/** The mean cosine of the angle between the rows of y and p: 1 where they point in the same direction. [N,...,K] */
export const cosineSimilarity = defineMean({
  kind: 'cosineSimilarity',
  targets: 'values',
  better: 'higher',
  schema: {},
  measure(y, output) {
    const { elements, weight } = losses.cosineSimilarity().measure(y, output)
    return { elements: neg(elements), weight }
  },
})

/**
 * How much of the variance of y the outputs explain, the mean over the outputs: 1 - sum (y - p)² / sum (y - mean y)².
 * Targets and outputs [N,K].
 */
export const r2Score = defineMetric({
  kind: 'r2Score',
  targets: 'values',
  better: 'higher',
  schema: {},
  sums: (y, output, weights) => ({
    residuals: sumOver(square(sub(y, output)), weights),
    squares: sumOver(mul(y, y), weights),
    values: sumOver(y, weights),
  }),
  result({ residuals, squares, values }, count) {
    const scores = residuals.map((residual, k) => {
      const total = squares[k] - ratio(values[k] ** 2, count)
      return total === 0 ? 0 : 1 - residual / total
    })
    return ratio(sum(scores), scores.length)
  },
})
