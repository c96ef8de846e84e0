/** @file The area under a curve of thresholds (https://keras.io/api/metrics/classification_metrics/#auc-class). */
import type { Node } from '../../ir/node.ts'
import { abs, clip, mul, neg, oneHotBin, reshape, scale, shift, sigmoid, sign } from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { alongRows } from '../losses/loss.ts'
import { bool, int, oneOf } from '../schema.ts'
import { defineMetric, ratio, sumOver } from './metric.ts'

/** Below the lowest bin lies nothing: probabilities of 0 belong to it. */
const LOWEST = 2 ** -100

/** For every bin between two thresholds: how much of `weights` lies there. */
function histogram(p: Node, amounts: Node, bins: number, weights: Node | undefined): Node {
  const item = sizeOf(p.shape.slice(1))
  const scaled = clip(scale(reshape(p, [item, 1]), bins), LOWEST, bins)
  const rows = oneHotBin(scaled, bins)
  return sumOver(mul(rows, alongRows(rows, reshape(amounts, [item, 1]))), weights)
}

/** What lies above each threshold: all above the first, nothing above the last. */
function above(bins: Float64Array): Float64Array {
  const sums = new Float64Array(bins.length + 1)
  for (let i = bins.length - 1; i >= 0; i--) sums[i] = sums[i + 1] + bins[i]
  return sums
}

/** The area under the points (x[i], y[i]), x falling, with the height between two of them as `height` has it. */
function area(x: Float64Array, y: Float64Array, height: (a: number, b: number) => number): number {
  let sum = 0
  for (let i = 0; i + 1 < x.length; i++) sum += (x[i] - x[i + 1]) * height(y[i], y[i + 1])
  return sum
}

const heights = {
  interpolation: (a: number, b: number) => (a + b) / 2,
  minoring: Math.min,
  majoring: Math.max,
}

/**
 * The area under precision over recall, with true and false positives interpolated between two thresholds: Davis and
 * Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006.
 */
function interpolatedPrecision(tp: Float64Array, fp: Float64Array): number {
  let sum = 0
  for (let i = 0; i + 1 < tp.length; i++) {
    const [p, next] = [tp[i] + fp[i], tp[i + 1] + fp[i + 1]]
    const slope = ratio(tp[i] - tp[i + 1], Math.max(p - next, 0))
    const intercept = tp[i + 1] - slope * next
    const growth = p > 0 && next > 0 ? Math.log(p / next) : 0
    sum += slope * (tp[i] - tp[i + 1] + intercept * growth)
  }
  return ratio(sum, tp[0])
}

/**
 * The area under the ROC curve, or that of precision over recall, as a sum over thresholds: for ROC the chance that a
 * positive example gets a higher output than a negative one. Targets 0 and 1 and outputs [N,...], all taken together.
 * Defaults: numThresholds 200 (evenly spaced from 0 to 1), curve "ROC", summationMethod "interpolation", fromLogits false.
 */
export const auc = defineMetric({
  name: 'auc',
  targets: 'values',
  better: 'higher',
  schema: {
    numThresholds: int('how finely outputs are told apart', { min: 2 }).default(200),
    curve: oneOf('true over false positives, or precision over recall', 'ROC', 'PR').default('ROC'),
    summationMethod: oneOf(
      'the height between two thresholds: theirs interpolated, the lower or the higher',
      'interpolation',
      'minoring',
      'majoring',
    ).default('interpolation'),
    fromLogits: bool('whether the outputs are scores and not probabilities').default(false),
  },
  sums(y, output, weights, { numThresholds, fromLogits }) {
    const p = fromLogits ? sigmoid(output) : output
    const yes = sign(abs(y))
    const of = (amounts: Node) => histogram(p, amounts, numThresholds - 1, weights)
    return { positives: of(yes), negatives: of(shift(neg(yes), 1)) }
  },
  result({ positives, negatives }, _, { curve, summationMethod }) {
    const [tp, fp] = [above(positives), above(negatives)]
    const recall = tp.map((hits) => ratio(hits, tp[0]))
    const height = heights[summationMethod]
    if (curve === 'ROC')
      return area(
        fp.map((wrong) => ratio(wrong, fp[0])),
        recall,
        height,
      )
    if (summationMethod === 'interpolation') return interpolatedPrecision(tp, fp)
    return area(
      recall,
      tp.map((hits, i) => ratio(hits, hits + fp[i])),
      height,
    )
  },
})
