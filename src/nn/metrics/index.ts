/** @file All metrics by name: what users write after `metrics.` and what `compile` looks up. */
import { losses, SHORT_LOSS_NAMES } from '../losses/index.ts'
import { findByName } from '../names.ts'
import { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.ts'
import { auc } from './auc.ts'
import {
  binaryIoU,
  f1Score,
  falseNegatives,
  falsePositives,
  fbetaScore,
  iou,
  meanIoU,
  oneHotIoU,
  oneHotMeanIoU,
  precision,
  recall,
  trueNegatives,
  truePositives,
} from './confusion.ts'
import { type Metric, meanOfLoss } from './metric.ts'
import { sparseTopKCategoricalAccuracy, topKCategoricalAccuracy } from './ranks.ts'
import { cosineSimilarity, r2Score, rootMeanSquaredError } from './regression.ts'

export type { Metric } from './metric.ts'

/** Metrics by name, for `compile`. Those that are named like a loss are its mean. */
export const metrics = {
  accuracy,
  auc,
  binaryAccuracy,
  binaryCrossentropy: meanOfLoss(losses.binaryCrossentropy),
  binaryIoU,
  categoricalAccuracy,
  categoricalCrossentropy: meanOfLoss(losses.categoricalCrossentropy),
  categoricalHinge: meanOfLoss(losses.categoricalHinge),
  cosineSimilarity,
  f1Score,
  falseNegatives,
  falsePositives,
  fbetaScore,
  hinge: meanOfLoss(losses.hinge),
  iou,
  klDivergence: meanOfLoss(losses.klDivergence),
  logCosh: meanOfLoss(losses.logCosh),
  meanAbsoluteError: meanOfLoss(losses.meanAbsoluteError),
  meanAbsolutePercentageError: meanOfLoss(losses.meanAbsolutePercentageError),
  meanIoU,
  meanSquaredError: meanOfLoss(losses.meanSquaredError),
  meanSquaredLogarithmicError: meanOfLoss(losses.meanSquaredLogarithmicError),
  oneHotIoU,
  oneHotMeanIoU,
  poisson: meanOfLoss(losses.poisson),
  precision,
  r2Score,
  recall,
  rootMeanSquaredError,
  sparseCategoricalAccuracy,
  sparseCategoricalCrossentropy: meanOfLoss(losses.sparseCategoricalCrossentropy),
  sparseTopKCategoricalAccuracy,
  squaredHinge: meanOfLoss(losses.squaredHinge),
  topKCategoricalAccuracy,
  trueNegatives,
  truePositives,
}

/** Short names that Keras knows. */
export const SHORT_METRIC_NAMES = { acc: 'accuracy', AUC: 'auc', ...SHORT_LOSS_NAMES } as const

export type MetricName = keyof typeof metrics | keyof typeof SHORT_METRIC_NAMES

/** @throws SeparableError (`argument`) when there is no metric of this name; Keras's spelling is understood too */
export function metricOf(metric: string | Metric): Metric {
  return typeof metric === 'string' ? findByName('compile', 'metric', metrics, metric, SHORT_METRIC_NAMES)() : metric
}
