/** @file All losses by name: what users write after `losses.` and what `compile` looks up. */
import { findByName } from '../names.ts'
import { categoricalHinge, hinge, squaredHinge } from './hinge.ts'
import type { Loss } from './loss.ts'
import { dice, tversky } from './overlap.ts'
import {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
} from './probabilistic.ts'
import {
  cosineSimilarity,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.ts'

export type { Loss, TargetKind } from './loss.ts'

/** Losses by name, for `compile`. */
export const losses = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  dice,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
  tversky,
}

/** Short names that Keras knows, for losses and for the metrics of the same names. */
export const SHORT_LOSS_NAMES = {
  bce: 'binaryCrossentropy',
  kld: 'klDivergence',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  mse: 'meanSquaredError',
  msle: 'meanSquaredLogarithmicError',
} as const

export type LossName = keyof typeof losses | keyof typeof SHORT_LOSS_NAMES

/** @throws SeparableError (`argument`) when there is no loss of this name; Keras's spelling is understood too */
export function lossOf(loss: string | Loss): Loss {
  return typeof loss === 'string' ? findByName('compile', 'loss', losses, loss, SHORT_LOSS_NAMES)() : loss
}
