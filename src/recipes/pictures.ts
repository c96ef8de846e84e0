/** @file For a few hundred to a few thousand pictures of one's own: a small MobileNet that sees none of them twice alike. */
import { mobileNet } from '../models/index.ts'
import { layers } from '../nn/layers/index.ts'
import { optimizers, schedules } from '../nn/optimizers/index.ts'
import type { Recipe } from './recipe.ts'

/** Share of the steps in which the learning rate rises. */
const WARM_UP = 0.1

export const pictures: Recipe = {
  title: 'a small MobileNet with augmentation, for folders of pictures',
  epochs: 40,
  batchSize: 16,
  learningRate: 0.002,
  network: (args) => mobileNet({ ...args, alpha: 0.5, dropout: 0.2, momentum: 0.9, rescale: true }),
  augmentation: () => [
    layers.randomFlip({ mode: 'horizontal' }),
    layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
    layers.randomRotation({ factor: 0.05 }),
    layers.randomZoom({ heightFactor: 0.2 }),
  ],
  optimizer: (learningRate, { epochs, stepsPerEpoch }) => {
    const steps = epochs * stepsPerEpoch
    const warmupSteps = Math.ceil(WARM_UP * steps)
    const decaySteps = Math.max(1, steps - warmupSteps)
    const decay = { initialLearningRate: 0, warmupTarget: learningRate, warmupSteps, decaySteps }
    return optimizers.adamw({ learningRate: schedules.cosineDecay(decay), weightDecay: 0.01 })
  },
}
