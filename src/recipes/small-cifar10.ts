/** @file CIFAR-10 with no more weights than the tutorial's separable network has. */
import { smallSeparable } from '../models/index.ts'
import { layers } from '../nn/layers/index.ts'
import { optimizers, schedules } from '../nn/optimizers/index.ts'
import type { Recipe } from './recipe.ts'

/** Pixels by which pictures are moved at most, as in He et al., CVPR 2016, section 4.2. */
const MOVE = 4

export const smallCifar10: Recipe = {
  title: 'residual blocks of separable convolutions with SGD over one cycle, for CIFAR-10',
  data: 'cifar10',
  epochs: 32,
  batchSize: 128,
  learningRate: 0.2,
  network: (pictures) => smallSeparable({ ...pictures, rescale: true }),
  augmentation: ({ inputShape: [height, width] }) => [
    layers.randomFlip({ mode: 'horizontal' }),
    layers.randomCrop({ height, width, zeroPadding: MOVE }),
  ],
  /** One cycle: up for a quarter of the steps, then down to nearly nothing (Smith and Topin 2018). */
  optimizer: (maxLearningRate, { epochs, stepsPerEpoch }) => {
    const totalSteps = Math.max(2, epochs * stepsPerEpoch)
    const cycle = { maxLearningRate, totalSteps, pctStart: 0.25, divFactor: 10, finalDivFactor: 100 }
    const learningRate = schedules.oneCycle(cycle)
    const sgd = optimizers.sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 0.005 })
    sgd.excludeFromWeightDecay('batch_normalization', 'bias')
    return sgd
  },
}
