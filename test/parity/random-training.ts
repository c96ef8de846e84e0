/**
 * @file How a random network is trained: heads with losses that fit them, and optimizers. Arguments are such that a step
 * depends smoothly on the gradient: where the sign of a gradient near 0 decided, rounding would. So Lion and LAMB, whose
 * steps are as long for gradients of rounding noise as for others, are not among them.
 */
import type { Random } from '../../src/base/random.ts'

export interface Head {
  readonly units: number
  readonly activation: string | null
  readonly loss: string
  readonly lossArgs: object
  readonly targets: 'labels' | 'oneHot' | 'probabilities' | 'zeroOrOne' | 'signs' | 'numbers' | 'counts'
  /** The line whose tensor is the output. */
  readonly at: number
}

type HeadKind = Omit<Head, 'units' | 'at' | 'lossArgs'> & { readonly lossArgs?: object }

const HEADS: readonly HeadKind[] = [
  { activation: 'softmax', loss: 'sparseCategoricalCrossentropy', targets: 'labels' },
  { activation: null, loss: 'sparseCategoricalCrossentropy', lossArgs: { fromLogits: true }, targets: 'labels' },
  { activation: 'softmax', loss: 'categoricalCrossentropy', targets: 'oneHot' },
  { activation: 'softmax', loss: 'categoricalCrossentropy', lossArgs: { labelSmoothing: 0.1 }, targets: 'oneHot' },
  { activation: 'softmax', loss: 'categoricalFocalCrossentropy', targets: 'oneHot' },
  { activation: 'softmax', loss: 'klDivergence', targets: 'probabilities' },
  { activation: 'sigmoid', loss: 'binaryCrossentropy', targets: 'zeroOrOne' },
  { activation: null, loss: 'binaryCrossentropy', lossArgs: { fromLogits: true }, targets: 'zeroOrOne' },
  { activation: 'sigmoid', loss: 'binaryFocalCrossentropy', targets: 'zeroOrOne' },
  { activation: 'sigmoid', loss: 'dice', lossArgs: { axis: -1 }, targets: 'zeroOrOne' },
  { activation: 'sigmoid', loss: 'tversky', lossArgs: { axis: -1 }, targets: 'zeroOrOne' },
  { activation: 'tanh', loss: 'hinge', targets: 'signs' },
  { activation: 'tanh', loss: 'squaredHinge', targets: 'signs' },
  { activation: null, loss: 'meanSquaredError', targets: 'numbers' },
  { activation: null, loss: 'meanAbsoluteError', targets: 'numbers' },
  { activation: null, loss: 'huber', lossArgs: { delta: 0.7 }, targets: 'numbers' },
  { activation: 'tanh', loss: 'logCosh', targets: 'numbers' },
  { activation: 'softplus', loss: 'poisson', targets: 'counts' },
  { activation: 'softplus', loss: 'meanSquaredLogarithmicError', targets: 'counts' },
  { activation: null, loss: 'cosineSimilarity', targets: 'numbers' },
]

export function randomHead(random: Random): Omit<Head, 'at'> {
  return { lossArgs: {}, ...HEADS[random.int(HEADS.length)], units: 2 + random.int(9) }
}

const OPTIMIZERS: readonly { readonly name: string; readonly args: object }[] = [
  { name: 'sgd', args: {} },
  { name: 'sgd', args: { learningRate: 0.05, momentum: 0.9, nesterov: true } },
  { name: 'sgd', args: { clipnorm: 0.5, weightDecay: 0.01 } },
  { name: 'sgd', args: { globalClipnorm: 1, useEma: true } },
  { name: 'sgd', args: { clipvalue: 0.3 } },
  { name: 'adam', args: { learningRate: 0.05, epsilon: 0.1 } },
  { name: 'adam', args: { learningRate: 0.05, epsilon: 0.1, amsgrad: true, useEma: true } },
  { name: 'adamw', args: { learningRate: 0.05, epsilon: 0.1 } },
  { name: 'adamax', args: { learningRate: 0.05, epsilon: 0.1 } },
  { name: 'nadam', args: { learningRate: 0.05, epsilon: 0.1 } },
  { name: 'rmsprop', args: { learningRate: 0.05, epsilon: 0.1, centered: true } },
  { name: 'rmsprop', args: { learningRate: 0.05, epsilon: 0.1, momentum: 0.5 } },
  { name: 'adagrad', args: { learningRate: 0.05 } },
  { name: 'adadelta', args: { learningRate: 0.5, epsilon: 0.1 } },
]

export function randomOptimizer(random: Random): (typeof OPTIMIZERS)[number] {
  return OPTIMIZERS[random.int(OPTIMIZERS.length)]
}
