/** @file Every recipe learns: a few steps on one batch lower its loss. */
import { afterAll, describe, expect, it } from 'vitest'
import { shapes } from '../src/data/index.ts'
import { smallSeparable, vggBlocks } from '../src/models/index.ts'
import { configure, setRandomSeed } from '../src/node.ts'
import { type Recipe, recipes } from '../src/recipes/index.ts'
import { withEntrance } from '../src/transform/with-entrance.ts'

const IMAGES = 32
const STEPS = 8

afterAll(() => configure({}))

describe.each(Object.entries<Recipe>(recipes))('recipe %s', (_, recipe) => {
  it('lowers the loss', async () => {
    configure({ threads: 2 })
    setRandomSeed(1)
    const { train, classes } = await shapes({ trainImages: IMAGES, testImages: 1, seed: 1 })
    const pictures = { inputShape: train.x.shape.slice(1), classes: classes.length }
    const net = withEntrance(recipe.network(pictures), recipe.augmentation?.(pictures) ?? [])
    const optimizer = recipe.optimizer(recipe.learningRate, { epochs: STEPS, stepsPerEpoch: 1 })
    net.compile({ optimizer, loss: recipe.loss ?? 'sparseCategoricalCrossentropy' })
    try {
      const { history } = await net.fit(train.x, train.y, { batchSize: IMAGES, epochs: STEPS, verbose: 0, seed: 1 })
      expect(history.loss).toHaveLength(STEPS)
      expect(history.loss.at(-1)).toBeLessThan(0.9 * history.loss[0])
    } finally {
      await net.dispose()
    }
  })
})

it('small-cifar10 has no more weights than the separable network of the tutorial', () => {
  expect(smallSeparable().countParams()).toBeLessThanOrEqual(vggBlocks().countParams())
})
