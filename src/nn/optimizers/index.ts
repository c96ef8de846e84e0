/** @file All optimizers by name: what users write after `optimizers.` and what `compile` looks up. */
import { camelCase, findByName } from '../names.ts'
import type { Args } from '../schema.ts'
import {
  Adam,
  Adamax,
  AdamW,
  type adamaxSchema,
  type adamSchema,
  type adamwSchema,
  Lamb,
  type lambSchema,
  Nadam,
  type nadamSchema,
} from './adam.ts'
import { Adadelta, Adagrad, type adadeltaSchema, type adagradSchema, RMSprop, type rmspropSchema } from './adaptive.ts'
import { Lion, type lionSchema, SGD, type sgdSchema } from './momentum.ts'
import type { Optimizer } from './optimizer.ts'

export { Optimizer } from './optimizer.ts'
export { type Schedule, schedules } from './schedules.ts'

/**
 * Optimizers by name, for `compile`. `learningRate` is a number or the result of `schedules.*()`. All take weightDecay null,
 * one of clipnorm, clipvalue and globalClipnorm (null), useEma false with emaMomentum 0.99 and emaOverwriteFrequency null,
 * and gradientAccumulationSteps null.
 */
export const optimizers = {
  /** Adadelta (Zeiler 2012). Defaults: learningRate 0.001, rho 0.95, epsilon 1e-7. */
  adadelta: (args: Args<typeof adadeltaSchema> = {}): Optimizer => new Adadelta(args),
  /** Adagrad (Duchi et al. 2011). Defaults: learningRate 0.001, initialAccumulatorValue 0.1, epsilon 1e-7. */
  adagrad: (args: Args<typeof adagradSchema> = {}): Optimizer => new Adagrad(args),
  /** Adam (Kingma and Ba 2015). Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, amsgrad false. */
  adam: (args: Args<typeof adamSchema> = {}): Optimizer => new Adam(args),
  /** Adam with the greatest gradient in place of the mean square (Kingma and Ba 2015). Defaults: as Adam, without amsgrad. */
  adamax: (args: Args<typeof adamaxSchema> = {}): Optimizer => new Adamax(args),
  /** Adam with decoupled weight decay (Loshchilov and Hutter 2019). Defaults: as Adam, weightDecay 0.004. */
  adamw: (args: Args<typeof adamwSchema> = {}): Optimizer => new AdamW(args),
  /** Adam with steps as long as the weights, for large batches (You et al. 2020). Defaults: as Adam, without amsgrad. */
  lamb: (args: Args<typeof lambSchema> = {}): Optimizer => new Lamb(args),
  /** Lion (Chen et al. 2023). Defaults: learningRate 0.001, beta1 0.9, beta2 0.99. */
  lion: (args: Args<typeof lionSchema> = {}): Optimizer => new Lion(args),
  /** Adam with Nesterov's momentum (Dozat 2016). Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
  nadam: (args: Args<typeof nadamSchema> = {}): Optimizer => new Nadam(args),
  /** RMSprop (Tieleman and Hinton 2012). Defaults: learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7, centered false. */
  rmsprop: (args: Args<typeof rmspropSchema> = {}): Optimizer => new RMSprop(args),
  /** Gradient descent. Defaults: learningRate 0.01, momentum 0, nesterov false. */
  sgd: (args: Args<typeof sgdSchema> = {}): Optimizer => new SGD(args),
}

export type OptimizerName = keyof typeof optimizers

/** @throws SeparableError (`argument`) when there is no optimizer of this name */
export function optimizerOf(optimizer: string | Optimizer): Optimizer {
  if (typeof optimizer !== 'string') return optimizer
  return findByName('compile', 'optimizer', optimizers, camelCase(optimizer.toLowerCase()))()
}
