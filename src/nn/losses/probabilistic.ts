/**
 * @file Losses of probabilities (https://keras.io/api/losses/probabilistic_losses/). Probabilities that a softmax or a
 * sigmoid has just made are not looked at: the loss of the scores behind them needs no clipping, and its gradient is simply
 * p - y. TensorFlow does the same.
 */
import type { Node } from '../../ir/node.ts'
import { elementwiseOps } from '../../ops/elementwise/table.ts'
import {
  add,
  broadcastLike,
  clip,
  constant,
  div,
  exp,
  log,
  logSumExp,
  mul,
  neg,
  oneHot,
  scale,
  shift,
  sigmoid,
  softmax,
  softmaxCrossEntropy,
  softplus,
  square,
  sub,
  sumLeading,
} from '../../ops/index.ts'
import { softmaxOp } from '../../ops/softmax/op.ts'
import { bool, int, number } from '../schema.ts'
import { alongRows, countedRows, defineLoss, meanOfElements, meanOfRows, rowSum } from './loss.ts'

/** Probabilities are kept this far from 0 and 1 before their logarithm (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

const fromLogits = bool('whether the outputs are scores and not probabilities').default(false)
const labelSmoothing = number('how far targets are moved towards equal ones', { min: 0, max: 1 }).default(0)
const gamma = number('how little examples count that are already right; 0 is none of it', { min: 0 }).default(2)
const alpha = (doc: string) => number(doc, { min: 0 }).default(0.25)

/** Between the limits at which logarithms are still of use. */
function inside(probabilities: Node): Node {
  return clip(probabilities, EPSILON, 1 - EPSILON)
}

const complement = (x: Node): Node => shift(neg(x), 1)

/** y (1 - smoothing) + smoothing / classes */
function smooth(y: Node, smoothing: number, classes: number): Node {
  return smoothing === 0 ? y : shift(scale(y, 1 - smoothing), smoothing / classes)
}

/** x^exponent for x >= 0. */
function power(x: Node, exponent: number): Node {
  if (exponent === 1) return x
  if (exponent === 2) return square(x)
  return exp(scale(log(clip(x, EPSILON, Number.POSITIVE_INFINITY)), exponent))
}

/** The scores behind an output; undefined where it is probabilities of unknown origin. */
function scoresBehind(output: Node, fromLogits: boolean, activation: unknown): Node | undefined {
  if (fromLogits) return output
  return output.op === activation ? output.inputs[0] : undefined
}

/** Rows that add up to 1. */
function normalized(output: Node): Node {
  return div(output, alongRows(output, rowSum(output)))
}

// ------------------------------------------------------------------------------ classes

/**
 * -log p[label], for class numbers. Targets [N,...] or [N,...,1], integers; outputs [N,...,K].
 * `fromLogits` (default false): outputs are scores, whose softmax are the probabilities. `ignoreClass` (default null, none):
 * rows with this label, which may be no class number, do not count; the mean is over the other rows of the batch.
 * Keras: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class
 */
export const sparseCategoricalCrossentropy = defineLoss({
  name: 'sparseCategoricalCrossentropy',
  targets: 'labels',
  schema: { fromLogits, ignoreClass: int('the label of rows that do not count; null counts all').orNull() },
  measure(labels, output, { fromLogits, ignoreClass }) {
    const scores = scoresBehind(output, fromLogits, softmaxOp) ?? log(inside(output))
    if (ignoreClass === null) return meanOfRows(softmaxCrossEntropy(scores, labels))
    const y = oneHot(labels, scores.shape.at(-1) as number)
    const counted = countedRows(labels, y, ignoreClass)
    const rows = mul(counted, sub(logSumExp(scores), rowSum(mul(y, scores))))
    const all = sumLeading(broadcastLike(counted, constant(counted.graph, 1)))
    return meanOfRows(mul(rows, div(all, clip(sumLeading(counted), 1, Number.POSITIVE_INFINITY))))
  },
})

/**
 * -sum over k of y[k] log p[k], for rows of probabilities such as one-hot rows. Targets and outputs [N,...,K].
 * Defaults: fromLogits false (outputs are no scores), labelSmoothing 0 (s turns y into y (1 - s) + s / K).
 * Keras: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class
 */
export const categoricalCrossentropy = defineLoss({
  name: 'categoricalCrossentropy',
  targets: 'values',
  schema: { fromLogits, labelSmoothing },
  measure(targets, output, { fromLogits, labelSmoothing }) {
    const y = smooth(targets, labelSmoothing, output.shape.at(-1) as number)
    const scores = scoresBehind(output, fromLogits, softmaxOp)
    if (!scores) return meanOfRows(neg(mul(y, log(inside(normalized(output))))))
    return meanOfRows(sub(mul(rowSum(y), logSumExp(scores)), rowSum(mul(y, scores))))
  },
})

/**
 * Categorical cross-entropy in which each class weighs alpha (1 - p)^gamma. Targets and outputs [N,...,K].
 * Defaults: alpha 0.25, gamma 2, fromLogits false, labelSmoothing 0. Lin et al., ICCV 2017.
 * Keras: https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class
 */
export const categoricalFocalCrossentropy = defineLoss({
  name: 'categoricalFocalCrossentropy',
  targets: 'values',
  schema: { alpha: alpha('weight of all classes'), gamma, fromLogits, labelSmoothing },
  measure(targets, output, { alpha, gamma, fromLogits, labelSmoothing }) {
    const y = smooth(targets, labelSmoothing, output.shape.at(-1) as number)
    const p = inside(fromLogits ? softmax(output) : normalized(output))
    const terms = mul(y, log(p))
    return meanOfRows(scale(gamma === 0 ? terms : mul(terms, power(complement(p), gamma)), -alpha))
  },
})

// ------------------------------------------------------------------------------ yes or no

/** softplus(x) - x y for scores x; -y log p - (1 - y) log(1 - p) for probabilities. */
function binaryElements(y: Node, output: Node, fromLogits: boolean): Node {
  const scores = scoresBehind(output, fromLogits, elementwiseOps.sigmoid)
  if (scores) return sub(softplus(scores), mul(scores, y))
  const p = inside(output)
  return neg(add(mul(y, log(p)), mul(complement(y), log(complement(p)))))
}

/**
 * The mean of -y log p - (1 - y) log(1 - p). Targets and outputs [N,...].
 * Defaults: fromLogits false (outputs are no scores), labelSmoothing 0 (s turns y into y (1 - s) + s / 2).
 * Keras: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class
 */
export const binaryCrossentropy = defineLoss({
  name: 'binaryCrossentropy',
  targets: 'values',
  schema: { fromLogits, labelSmoothing },
  measure: (y, output, { fromLogits, labelSmoothing }) =>
    meanOfElements(binaryElements(smooth(y, labelSmoothing, 2), output, fromLogits)),
})

/**
 * Binary cross-entropy in which each element weighs (1 - q)^gamma, where q is the probability of what is right; with
 * `applyClassBalancing` also alpha for ones and 1 - alpha for zeros. Targets and outputs [N,...].
 * Defaults: applyClassBalancing false, alpha 0.25, gamma 2, fromLogits false, labelSmoothing 0. Lin et al., ICCV 2017.
 * Keras: https://keras.io/api/losses/probabilistic_losses/#binaryfocalcrossentropy-class
 */
export const binaryFocalCrossentropy = defineLoss({
  name: 'binaryFocalCrossentropy',
  targets: 'values',
  schema: {
    applyClassBalancing: bool('whether ones weigh alpha and zeros 1 - alpha').default(false),
    alpha: alpha('weight of ones'),
    gamma,
    fromLogits,
    labelSmoothing,
  },
  measure(targets, output, { applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing }) {
    const y = smooth(targets, labelSmoothing, 2)
    const p = fromLogits ? sigmoid(output) : output
    /** What the one or the other counts, mixed as y says. */
    const mixed = (one: Node, zero: Node) => add(mul(y, one), mul(complement(y), zero))
    const elements = binaryElements(y, p, false)
    const focused = gamma === 0 ? elements : mul(elements, power(mixed(complement(p), p), gamma))
    const balance = () => shift(scale(y, 2 * alpha - 1), 1 - alpha)
    return meanOfElements(applyClassBalancing ? mul(focused, balance()) : focused)
  },
})

// ------------------------------------------------------------------------------ distributions

/**
 * The Kullback-Leibler divergence, sum over k of y[k] log(y[k] / p[k]), both kept at 1e-7 at least. Targets and outputs
 * [N,...,K]. Keras: https://keras.io/api/losses/probabilistic_losses/#kldivergence-class
 */
export const klDivergence = defineLoss({
  name: 'klDivergence',
  targets: 'values',
  schema: {},
  measure(targets, output) {
    const [y, p] = [clip(targets, EPSILON, 1), clip(output, EPSILON, 1)]
    return meanOfRows(mul(y, sub(log(y), log(p))))
  },
})

/**
 * The mean of p - y log p, for counts. Targets and outputs [N,...].
 * Keras: https://keras.io/api/losses/probabilistic_losses/#poisson-class
 */
export const poisson = defineLoss({
  name: 'poisson',
  targets: 'values',
  schema: {},
  measure: (y, output) => meanOfElements(sub(output, mul(y, log(shift(output, EPSILON))))),
})
