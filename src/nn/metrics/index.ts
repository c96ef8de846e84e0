/** @file All metrics by name: what users write after `metrics.` and what `compile` looks up. */
import { losses, SHORT_LOSS_NAMES } from '../losses/index.ts'
import { findByName } from '../names.ts'
import { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.ts'
import { type Metric, meanOfLoss } from './metric.ts'

export type { Metric } from './metric.ts'

/** Metrics by name, for `compile`. Those that are named like a loss are its mean. */
export const metrics = {
  accuracy,
  binaryAccuracy,
  binaryCrossentropy: meanOfLoss(losses.binaryCrossentropy),
  categoricalAccuracy,
  categoricalCrossentropy: meanOfLoss(losses.categoricalCrossentropy),
  categoricalHinge: meanOfLoss(losses.categoricalHinge),
  hinge: meanOfLoss(losses.hinge),
  klDivergence: meanOfLoss(losses.klDivergence),
  logCosh: meanOfLoss(losses.logCosh),
  meanAbsoluteError: meanOfLoss(losses.meanAbsoluteError),
  meanAbsolutePercentageError: meanOfLoss(losses.meanAbsolutePercentageError),
  meanSquaredError: meanOfLoss(losses.meanSquaredError),
  meanSquaredLogarithmicError: meanOfLoss(losses.meanSquaredLogarithmicError),
  poisson: meanOfLoss(losses.poisson),
  sparseCategoricalAccuracy,
  sparseCategoricalCrossentropy: meanOfLoss(losses.sparseCategoricalCrossentropy),
  squaredHinge: meanOfLoss(losses.squaredHinge),
}

const SHORT_NAMES = { acc: 'accuracy', ...SHORT_LOSS_NAMES } as const

export type MetricName = keyof typeof metrics | keyof typeof SHORT_NAMES

/** @throws SeparableError (`argument`) when there is no metric of this name; Keras's spelling is understood too */
export function metricOf(metric: string | Metric): Metric {
  return typeof metric === 'string' ? findByName('compile', 'metric', metrics, metric, SHORT_NAMES)() : metric
}
