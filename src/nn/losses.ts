/**
 * @file Losses and metrics. Each makes one number of every element of the targets, in the graph; their sum over a batch is
 * an output of the step, so that an epoch's mean weighs every image alike, however the batches were cut.
 */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { abs, argmaxEquals, clip, log, mul, neg, softmaxCrossEntropy, square, sub } from '../ops/index.ts'
import { softmax, softmaxOp } from '../ops/softmax/op.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { camelCase, suggest } from './names.ts'
import { type Args, bool, resolve } from './schema.ts'

/** One number for each element: the value of an image is their sum times `weight`. */
export interface Measure {
  /** [N, ...] */
  readonly elements: Node
  /** 1, or 1 / their number where the elements of an image are averaged. */
  readonly weight: number
}

/** What a loss or metric compares with: class numbers i32 [N,1], or values f32 in the shape of the output. */
export type TargetKind = 'labels' | 'values'

/** A loss or a metric. */
export interface Criterion {
  /** `sparseCategoricalCrossentropy` */
  readonly name: string
  readonly targets: TargetKind
  /** Whether training wants more or less of it: what callbacks mean by better. */
  readonly better: 'lower' | 'higher'
  /** @param output what the network returns, [N, K] */
  measure(targets: Node, output: Node): Measure
}

/** Probabilities are kept this far from 0 and 1 before their logarithm (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

function clippedLog(probabilities: Node): Node {
  return log(clip(probabilities, EPSILON, 1 - EPSILON))
}

/**
 * The scores behind an output. Where a softmax comes last these are its inputs, as in TensorFlow: the loss of the softmax
 * of scores needs no clipping and its gradient is simply p - onehot. Other probabilities become scores by their logarithm.
 */
function scoresOf(output: Node, fromLogits: boolean): Node {
  if (fromLogits) return output
  return output.op === softmaxOp ? output.inputs[0] : clippedLog(output)
}

const crossentropyArgs = { fromLogits: bool('whether the outputs are scores and not probabilities').default(false) }

type CrossentropyArgs = Args<typeof crossentropyArgs>

/**
 * -log p[label], for class numbers. Targets [N] or [N,1], integers; outputs [N,K].
 * `fromLogits` (default false): outputs are scores, whose softmax are the probabilities.
 * Keras: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class
 */
function sparseCategoricalCrossentropy(args: CrossentropyArgs = {}): Criterion {
  const name = 'sparseCategoricalCrossentropy'
  const { fromLogits } = resolve(name, crossentropyArgs, args)
  return {
    name,
    targets: 'labels',
    better: 'lower',
    measure: (labels, output) => ({
      elements: softmaxCrossEntropy(scoresOf(output, fromLogits), labels),
      weight: 1,
    }),
  }
}

/**
 * -sum over k of y[k] log p[k], for rows of probabilities such as one-hot rows. Targets and outputs [N,K].
 * `fromLogits` (default false): outputs are scores, whose softmax are the probabilities.
 * Keras: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class
 */
function categoricalCrossentropy(args: CrossentropyArgs = {}): Criterion {
  const name = 'categoricalCrossentropy'
  const { fromLogits } = resolve(name, crossentropyArgs, args)
  return {
    name,
    targets: 'values',
    better: 'lower',
    measure: (y, output) => ({
      elements: neg(mul(y, clippedLog(fromLogits ? softmax(output) : output))),
      weight: 1,
    }),
  }
}

/** The mean of (y - p)². Targets and outputs [N,...]. Keras: https://keras.io/api/losses/regression_losses/ */
function meanSquaredError(): Criterion {
  return meanOf('meanSquaredError', (y, output) => square(sub(output, y)))
}

/** The mean of |y - p|. Targets and outputs [N,...]. Keras: https://keras.io/api/losses/regression_losses/ */
function meanAbsoluteError(): Criterion {
  return meanOf('meanAbsoluteError', (y, output) => abs(sub(output, y)))
}

function meanOf(name: string, distance: (y: Node, output: Node) => Node): Criterion {
  return {
    name,
    targets: 'values',
    better: 'lower',
    measure: (y, output) => ({ elements: distance(y, output), weight: 1 / sizeOf(output.shape.slice(1)) }),
  }
}

/**
 * The share of images whose highest output is that of their class (of equal ones, the first).
 * Targets: class numbers [N] or [N,1], or one-hot rows [N,K]; outputs [N,K], K > 1.
 * Keras: https://keras.io/api/metrics/accuracy_metrics/
 */
function accuracy(): Criterion {
  return {
    name: 'accuracy',
    targets: 'labels',
    better: 'higher',
    measure(labels, output) {
      if (output.shape.at(-1) === 1)
        throw new SeparableError('unsupported', `accuracy needs one output for each class, ${received(output.shape)}`)
      const scores = output.op === softmaxOp ? output.inputs[0] : output
      return { elements: argmaxEquals(scores, labels), weight: 1 }
    },
  }
}

/** Losses by name, for `compile`. */
export const losses = {
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
}

/** Metrics by name, for `compile`. */
export const metrics = { accuracy, meanAbsoluteError, meanSquaredError }

const SHORT_NAMES = { acc: 'accuracy', mse: 'meanSquaredError', mae: 'meanAbsoluteError' } as const

export type LossName = keyof typeof losses
export type MetricName = keyof typeof metrics | keyof typeof SHORT_NAMES

/** @throws SeparableError (`argument`) when there is no loss of this name; Keras's spelling is understood too */
export function lossOf(loss: string | Criterion): Criterion {
  return typeof loss === 'string' ? find('loss', losses, loss) : loss
}

/** @throws SeparableError (`argument`) when there is no metric of this name; Keras's spelling is understood too */
export function metricOf(metric: string | Criterion): Criterion {
  return typeof metric === 'string' ? find('metric', metrics, metric) : metric
}

function find(kind: string, known: { readonly [name: string]: () => Criterion }, name: string): Criterion {
  const long = (SHORT_NAMES as { readonly [short: string]: string })[name] ?? camelCase(name)
  if (Object.hasOwn(known, long)) return known[long]()
  const names = Object.keys(known)
  throw new SeparableError(
    'argument',
    `compile: unknown ${kind}${suggest(long, names)} (known: ${names.join(', ')}), ${received(name)}`,
  )
}
