/** @file What every recipe must be: networks that fit their pictures, schedules that end where training ends. */
import { describe, expect, it } from 'vitest'
import { withEntrance } from '../transform/with-entrance.ts'
import { type Recipe, recipes } from './index.ts'

const SCHEDULE = { epochs: 4, stepsPerEpoch: 25 }

describe.each(Object.entries<Recipe>(recipes))('recipe %s', (_, recipe) => {
  it('builds a network for any number of classes, augmentation included', () => {
    const pictures = { inputShape: [64, 64, 3], classes: 7 }
    const net = withEntrance(recipe.network(pictures), recipe.augmentation?.(pictures) ?? [])
    expect(net.inputs.map(({ shape }) => shape)).toEqual([[null, 64, 64, 3]])
    expect(net.outputs.map(({ shape }) => shape)).toEqual([[null, 7]])
  })

  it('never exceeds its learning rate, even when training is a single step', () => {
    const optimizer = recipe.optimizer(recipe.learningRate, SCHEDULE)
    expect(optimizer.learningRate).toBeLessThanOrEqual(recipe.learningRate)
    expect(() => recipe.optimizer(recipe.learningRate, { epochs: 1, stepsPerEpoch: 1 })).not.toThrow()
  })
})
