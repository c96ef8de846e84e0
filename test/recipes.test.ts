/** @file The recipe small-cifar10 keeps to its budget of weights, and a few steps on one batch lower the loss. */
import { afterEach, expect, it } from 'vitest'
import { shapes } from '../src/data/index.ts'
import { vggBlocks } from '../src/models/index.ts'
import { configure, setRandomSeed } from '../src/node.ts'
import { recipes } from '../src/recipes/index.ts'
import { withEntrance } from '../src/transform/with-entrance.ts'

const IMAGES = 32
const STEPS = 16

const recipe = recipes['small-cifar10']

afterEach(() => configure({}))

it('has no more weights than the separable network of the tutorial', () => {
  const network = recipe.network({ inputShape: [32, 32, 3], classes: 10 })
  expect(network.countParams()).toBeLessThanOrEqual(vggBlocks().countParams())
})

it('lowers the loss', async () => {
  configure({ threads: 2 })
  setRandomSeed(1)
  const { train, classes } = await shapes({ trainImages: IMAGES, testImages: 1, seed: 1 })
  const pictures = { inputShape: train.x.shape.slice(1), classes: classes.length }
  const net = withEntrance(recipe.network(pictures), recipe.augmentation?.(pictures) ?? [])
  const optimizer = recipe.optimizer(recipe.learningRate, { epochs: STEPS, stepsPerEpoch: 1 })
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  try {
    const { history } = await net.fit(train.x, train.y, { batchSize: IMAGES, epochs: STEPS, verbose: 0, seed: 1 })
    expect(history.loss).toHaveLength(STEPS)
    expect(history.loss.at(-1)).toBeLessThan(0.7 * history.loss[0])
  } finally {
    await net.dispose()
  }
})
