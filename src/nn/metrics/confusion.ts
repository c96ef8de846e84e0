/** @file Metrics of yes and no, from how often which was said of which (https://keras.io/api/metrics/classification_metrics/). */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { abs, add, mul, neg, oneHot, oneHotMax, scale, shift, sign, sub } from '../../ops/index.ts'
import { alongRows, countedRows } from '../losses/loss.ts'
import { field, int, number, oneOf, type Resolved } from '../schema.ts'
import { positive } from './accuracy.ts'
import { defineMetric, ratio, type Sums, sum, sumOver } from './metric.ts'

/** Keras: `backend.epsilon()`. */
const EPSILON = 1e-7

const complement = (x: Node): Node => shift(neg(x), 1)

/** For each output: how often yes was said, how often yes was right, how often both, how often neither. */
function counts(actual: Node, predicted: Node, weights: Node | undefined) {
  return {
    hits: sumOver(mul(actual, predicted), weights),
    predicted: sumOver(predicted, weights),
    actual: sumOver(actual, weights),
    neither: sumOver(mul(complement(actual), complement(predicted)), weights),
  }
}

/** Targets other than 0 mean yes, outputs above the threshold say yes. */
function countsAt(y: Node, output: Node, threshold: number, weights: Node | undefined) {
  return counts(sign(abs(y)), positive(shift(output, -threshold)), weights)
}

const threshold = number('outputs above it say yes').default(0.5)

/** How often something was said or was right, all outputs together. */
function ofCounts(kind: string, formula: (counts: Counts) => number, better: 'higher' | 'lower' = 'higher') {
  return defineMetric({
    kind,
    targets: 'values',
    better,
    schema: { threshold },
    sums: (y, output, weights, { threshold }) => countsAt(y, output, threshold, weights),
    result: (sums) => formula(countsOf(sums, null)),
  })
}

const shareSchema = {
  threshold: number('outputs above it say yes; null is 0.5, and no threshold with topK').orNull(),
  topK: int('how many outputs of a row may say yes, the highest; null lets all', { min: 1 }).orNull(),
  classId: int('the output that counts; null counts all', { min: 0 }).orNull(),
}

/** Ones at the k highest scores of each row, of equal ones the first: [N,...,K] to the same shape. */
function highest(scores: Node, k: number): Node {
  let [left, chosen] = [scores, oneHotMax(scores)]
  for (let i = 1; i < k; i++) {
    left = sub(left, scale(oneHotMax(left), FAR))
    chosen = add(chosen, oneHotMax(left))
  }
  return chosen
}

/** Further than any two outputs lie apart. */
const FAR = 2 ** 60

/** A share of the numbers of one class, or of those of all together. */
function shareOf(kind: string, formula: (counts: Counts) => number) {
  return defineMetric({
    kind,
    targets: 'values',
    better: 'higher',
    schema: shareSchema,
    sums(y, output, weights, { threshold, topK }) {
      if (topK === null) return countsAt(y, output, threshold ?? 0.5, weights)
      const best = highest(output, demandColumns(kind, output, topK))
      const above = threshold === null ? best : mul(best, positive(shift(output, -threshold)))
      return counts(sign(abs(y)), above, weights)
    },
    result: (sums, _, { classId }) => formula(countsOf(sums, classId)),
  })
}

function demandColumns(name: string, output: Node, topK: number): number {
  const columns = output.shape.at(-1) as number
  if (topK <= columns) return topK
  throw new SeparableError('argument', `${name}: topK must be at most the ${columns} outputs, ${received(topK)}`)
}

interface Counts {
  readonly hits: number
  readonly predicted: number
  readonly actual: number
  readonly neither: number
}

function countsOf(sums: Sums, classId: number | null): Counts {
  const { hits, predicted, actual, neither } = sums
  const pick = (values: Float64Array) => (classId === null ? sum(values) : (values[classId] ?? Number.NaN))
  return { hits: pick(hits), predicted: pick(predicted), actual: pick(actual), neither: pick(neither) }
}

/**
 * How often yes is right where it is said. Targets and outputs [N,...]. Defaults: threshold null (0.5, and none with topK),
 * topK null (any number of outputs of a row may say yes), classId null (all outputs count).
 */
export const precision = shareOf('precision', ({ hits, predicted }) => ratio(hits, predicted))

/** How often yes is said where it is right. Targets, outputs and defaults as for `precision`. */
export const recall = shareOf('recall', ({ hits, actual }) => ratio(hits, actual))

/** How often yes is said and right. */
export const truePositives = ofCounts('truePositives', ({ hits }) => hits)

/** How often yes is said and wrong. */
export const falsePositives = ofCounts('falsePositives', ({ hits, predicted }) => predicted - hits, 'lower')

/** How often no is said and right. */
export const trueNegatives = ofCounts('trueNegatives', ({ neither }) => neither)

/** How often no is said and wrong. */
export const falseNegatives = ofCounts('falseNegatives', ({ hits, actual }) => actual - hits, 'lower')

// ------------------------------------------------------------------------------ F-scores

function fscore({ hits, predicted, actual }: Counts, beta: number): number {
  const precision = hits / (predicted + EPSILON)
  const recall = hits / (actual + EPSILON)
  return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall + EPSILON)
}

const fscoreSchema = {
  average: oneOf(
    'the mean over classes, their mean weighed by how often they are right, or all classes as one',
    'macro',
    'weighted',
    'micro',
  ).default('macro'),
  threshold: number('outputs above it say yes; null takes the highest output of a row').orNull(),
}

/** No threshold: the highest output of a row says yes. */
function fscoreCounts(y: Node, output: Node, weights: Node | undefined, threshold: number | null) {
  return threshold === null ? counts(y, oneHotMax(output), weights) : countsAt(y, output, threshold, weights)
}

function averageFscore(sums: Sums, average: 'macro' | 'weighted' | 'micro', beta: number): number {
  if (average === 'micro') return fscore(countsOf(sums, null), beta)
  const scores = sums.hits.map((_, k) => fscore(countsOf(sums, k), beta))
  if (average === 'macro') return ratio(sum(scores), scores.length)
  return sum(scores.map((score, k) => score * sums.actual[k])) / (sum(sums.actual) + EPSILON)
}

/**
 * (1 + beta²) precision recall / (beta² precision + recall) of each class. Targets, rows of 0 and 1, and outputs [N,K].
 * Defaults: beta 1, average "macro" (Keras's null, a score for each class, is no single number), threshold null (the highest
 * output of a row says yes).
 */
export const fbetaScore = defineMetric({
  kind: 'fbetaScore',
  targets: 'values',
  better: 'higher',
  schema: { ...fscoreSchema, beta: number('how much more recall counts than precision', { above: 0 }).default(1) },
  sums: (y, output, weights, { threshold }) => fscoreCounts(y, output, weights, threshold),
  result: (sums, _, { average, beta }) => averageFscore(sums, average, beta),
})

/** The harmonic mean of precision and recall of each class: `fbetaScore` with beta 1. */
export const f1Score = defineMetric({
  kind: 'f1Score',
  targets: 'values',
  better: 'higher',
  schema: fscoreSchema,
  sums: (y, output, weights, { threshold }) => fscoreCounts(y, output, weights, threshold),
  result: (sums, _, { average }) => averageFscore(sums, average, 1),
})

// ------------------------------------------------------------------------------ overlap

/** The mean over classes of what both say over what either says; classes that nobody names do not count. */
function meanOverlap(classes: readonly Counts[]): number {
  const named = classes.filter(({ predicted, actual }) => predicted + actual > 0)
  const overlaps = named.map(({ hits, predicted, actual }) => hits / (predicted + actual - hits))
  return ratio(
    overlaps.reduce((a, b) => a + b, 0),
    overlaps.length,
  )
}

const classIds = (doc: string) =>
  field<readonly number[]>({
    doc,
    expects: 'a list of class numbers',
    parse: (input) =>
      Array.isArray(input) && input.every((id) => Number.isInteger(id) && id >= 0) ? [...input] : undefined,
  })

const classSchema = {
  numClasses: int('how many classes there are', { min: 1 }),
  ignoreClass: int('the label of rows that do not count; null counts all').orNull(),
}

/** Class numbers against the highest output of each row. */
function classCounts(
  kind: string,
  labels: Node,
  output: Node,
  weights: Node | undefined,
  { numClasses, ignoreClass }: Resolved<typeof classSchema>,
) {
  const columns = output.shape.at(-1) as number
  if (columns !== numClasses)
    throw new SeparableError(
      'shape',
      `${kind}: the output must have numClasses ${numClasses} columns, ${received(columns)}`,
    )
  const [actual, predicted] = [oneHot(labels, numClasses), oneHotMax(output)]
  if (ignoreClass === null) return counts(actual, predicted, weights)
  const counted = alongRows(actual, countedRows(labels, actual, ignoreClass))
  return counts(mul(actual, counted), mul(predicted, counted), weights)
}

const iouOf = (kind: string) =>
  defineMetric({
    kind,
    targets: 'labels',
    better: 'higher',
    schema: { ...classSchema, targetClassIds: classIds('the classes that count') },
    sums: (labels, output, weights, config) => classCounts(kind, labels, output, weights, config),
    result: (sums, _, { targetClassIds }) => meanOverlap(targetClassIds.map((id) => countsOf(sums, id))),
  })

const meanIoUOf = (kind: string) =>
  defineMetric({
    kind,
    targets: 'labels',
    better: 'higher',
    schema: classSchema,
    sums: (labels, output, weights, config) => classCounts(kind, labels, output, weights, config),
    result: (sums) => meanOverlap(Array.from(sums.hits, (_, id) => countsOf(sums, id))),
  })

/**
 * Intersection over union of the places where a class is and where it is the highest output, the mean over some classes.
 * Targets [N,...] or [N,...,1], outputs [N,...,K], one for each class (Keras: `sparse_y_pred=False`). Default: ignoreClass
 * null.
 */
export const iou = iouOf('iou')

/** As `iou`, over all classes. */
export const meanIoU = meanIoUOf('meanIoU')

/** As `iou`, with one-hot targets [N,...,K]. */
export const oneHotIoU = iouOf('oneHotIoU')

/** As `meanIoU`, with one-hot targets [N,...,K]. */
export const oneHotMeanIoU = meanIoUOf('oneHotMeanIoU')

/**
 * Intersection over union of no (class 0) and yes (class 1), where outputs of at least the threshold say yes. Targets and
 * outputs [N,...]. Defaults: targetClassIds [0, 1], threshold 0.5.
 */
export const binaryIoU = defineMetric({
  kind: 'binaryIoU',
  targets: 'values',
  better: 'higher',
  schema: { targetClassIds: classIds('0, 1 or both').default([0, 1]), threshold },
  sums: (y, output, weights, { threshold }) =>
    counts(sign(abs(y)), complement(positive(shift(neg(output), threshold))), weights),
  result(sums, _, { targetClassIds }) {
    const yes = countsOf(sums, null)
    const all = yes.predicted + yes.actual - yes.hits + yes.neither
    const no = { ...yes, hits: yes.neither, predicted: all - yes.predicted, actual: all - yes.actual }
    return meanOverlap(targetClassIds.map((id) => (id === 0 ? no : yes)))
  },
})
