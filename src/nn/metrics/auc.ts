/** @file The area under a curve of thresholds (https://keras.io/api/metrics/classification_metrics/#auc-class). */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { abs, clip, mul, neg, oneHotBin, reshape, scale, shift, sigmoid, sign } from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { alongRows } from '../losses/loss.ts'
import { bool, field, int, oneOf } from '../schema.ts'
import { defineMetric, ratio, sumOver } from './metric.ts'

const weightList = (doc: string) =>
  field<readonly number[]>({
    doc,
    expects: 'a list of numbers >= 0',
    parse: (input) =>
      Array.isArray(input) && input.every((weight) => Number.isFinite(weight) && weight >= 0) ? [...input] : undefined,
  })

/** Below the lowest bin lies nothing: probabilities of 0 belong to it. */
const LOWEST = 2 ** -100

/** For every bin between two thresholds: how much of `amounts` lies there, of all outputs or, one behind the other, of each. */
function histogram(p: Node, amounts: Node, { bins, each }: Bins, weights: Node | undefined): Node {
  const item = sizeOf(p.shape.slice(1))
  const scaled = clip(scale(reshape(p, [item, 1]), bins), LOWEST, bins)
  const rows = oneHotBin(scaled, bins)
  const filled = mul(rows, alongRows(rows, reshape(amounts, [item, 1])))
  const columns = p.shape.at(-1) as number
  return sumOver(each ? reshape(filled, [item / columns, columns * bins]) : filled, weights)
}

interface Bins {
  readonly bins: number
  readonly each: boolean
}

/** What lies above each threshold: all above the first, nothing above the last. */
function above(bins: Float64Array): Float64Array {
  const sums = new Float64Array(bins.length + 1)
  for (let i = bins.length - 1; i >= 0; i--) sums[i] = sums[i + 1] + bins[i]
  return sums
}

/** The area under the points (x[i], y[i]), x falling, with the height between two of them as `height` has it. */
function area(x: Float64Array, y: Float64Array, height: (a: number, b: number) => number): number {
  let total = 0
  for (let i = 0; i + 1 < x.length; i++) total += (x[i] - x[i + 1]) * height(y[i], y[i + 1])
  return total
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
  let total = 0
  for (let i = 0; i + 1 < tp.length; i++) {
    const [p, next] = [tp[i] + fp[i], tp[i + 1] + fp[i + 1]]
    const slope = ratio(tp[i] - tp[i + 1], Math.max(p - next, 0))
    const intercept = tp[i + 1] - slope * next
    const growth = p > 0 && next > 0 ? Math.log(p / next) : 0
    total += slope * (tp[i] - tp[i + 1] + intercept * growth)
  }
  return ratio(total, tp[0])
}

/**
 * The area under the ROC curve, or that of precision over recall, as a sum over thresholds: for ROC the chance that a
 * positive example gets a higher output than a negative one. Targets 0 and 1 and outputs [N,...,K], all taken together, or,
 * with multiLabel, each of the K by itself. Defaults: numThresholds 200 (evenly spaced from 0 to 1), curve "ROC",
 * summationMethod "interpolation", fromLogits false, multiLabel false, numLabels null, labelWeights null.
 */
export const auc = defineMetric({
  kind: 'auc',
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
    multiLabel: bool('whether the result is the mean of the areas of all outputs, each by itself').default(false),
    numLabels: int('how many outputs there are, for multiLabel; null leaves it open', { min: 1 }).orNull(),
    labelWeights: weightList('how much each output counts; null counts all alike').orNull(),
  },
  sums(y, output, weights, { numThresholds, fromLogits, multiLabel, numLabels, labelWeights }) {
    const columns = output.shape.at(-1) as number
    for (const wanted of [numLabels, labelWeights?.length ?? null])
      if (wanted !== null && wanted !== columns)
        throw new SeparableError('shape', `auc: the output must have ${wanted} columns, ${received(columns)}`)
    const p = fromLogits ? sigmoid(output) : output
    const yes = sign(abs(y))
    const bins = { bins: numThresholds - 1, each: multiLabel || labelWeights !== null }
    const of = (amounts: Node) => histogram(p, amounts, bins, weights)
    return { positives: of(yes), negatives: of(shift(neg(yes), 1)) }
  },
  result({ positives, negatives }, _, { numThresholds, multiLabel, labelWeights, ...curve }) {
    const [yes, no] = [positives, negatives].map((all) => parts(all, numThresholds - 1))
    if (multiLabel) {
      const weights = labelWeights ?? yes.map(() => 1)
      const areas = yes.map((bins, label) => weights[label] * areaUnder(bins, no[label], curve))
      return ratio(total(areas), total(weights))
    }
    const together = (labels: readonly Float64Array[]) =>
      labels[0].map((_, bin) => total(labels.map((bins, label) => (labelWeights?.[label] ?? 1) * bins[bin])))
    return areaUnder(together(yes), together(no), curve)
  },
})

const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** Pieces of equal size. */
function parts(values: Float64Array, size: number): Float64Array[] {
  return Array.from({ length: values.length / size }, (_, i) => values.subarray(i * size, (i + 1) * size))
}

interface Curve {
  readonly curve: 'ROC' | 'PR'
  readonly summationMethod: keyof typeof heights
}

function areaUnder(positives: Float64Array, negatives: Float64Array, { curve, summationMethod }: Curve): number {
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
}
