/** @file Tests of callbacks that set the learning rate or swap weights, against Keras's rules. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { callbacks } from './index.ts'
import { FakeModel, runEpochs } from './testing.ts'

let printed: string[] = []

beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(line))
})

afterEach(() => {
  vi.restoreAllMocks()
})

const losses = (...values: number[]) => values.map((loss) => ({ loss }))

describe('learningRateScheduler', () => {
  it('sets the rate of each epoch and logs it', async () => {
    const callback = callbacks.learningRateScheduler((epoch, rate) => (epoch < 2 ? rate : rate / 2), { verbose: 1 })
    const { rates, model } = await runEpochs(callback, losses(1, 1, 1, 1))
    expect(rates).toEqual([1, 1, 0.5, 0.25])
    expect(callback.moreLogs?.(model)).toEqual({ learning_rate: 0.25 })
    expect(printed.at(-1)).toBe('Epoch 4: LearningRateScheduler setting learning rate to 0.25.')
  })

  it('wants a number', async () => {
    const callback = callbacks.learningRateScheduler(() => Number.NaN)
    await expect(runEpochs(callback, losses(1))).rejects.toThrow('the schedule must return a number, received: NaN')
  })
})

describe('reduceLROnPlateau', () => {
  const reduce = (args: object, values: number[]) =>
    runEpochs(callbacks.reduceLROnPlateau({ monitor: 'loss', factor: 0.5, ...args }), losses(...values))

  it('waits as long as its patience, from the best value on', async () => {
    const { rates, model } = await reduce({ patience: 2 }, [5, 4, 4, 4, 4, 3.9, 3.9])
    expect([...rates, model.optimizer.learningRate]).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5])
  })

  it('counts only changes above minDelta', async () => {
    const { rates } = await reduce({ patience: 1, minDelta: 0.5 }, [5, 4.6, 4, 3.4])
    expect(rates).toEqual([1, 1, 0.5, 0.5])
  })

  it('cools down after a change, and stops at minLr', async () => {
    const { rates } = await reduce({ patience: 1, cooldown: 2, minLr: 0.3 }, [5, 5, 5, 5, 5, 5, 5])
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.3, 0.3, 0.3])
  })

  it('refuses factors that lower nothing', () => {
    expect(() => callbacks.reduceLROnPlateau({ factor: 1 })).toThrow('factor must be a number > 0 and < 1, received: 1')
  })
})

describe('swapEMAWeights', () => {
  it('swaps for the validation only', async () => {
    const { model } = await runEpochs(callbacks.swapEMAWeights(), losses(1))
    expect(model.done).toEqual(['swap', 'swap'])
  })

  it('or also between epochs, back as the next one begins', async () => {
    const { model } = await runEpochs(callbacks.swapEMAWeights({ swapOnEpoch: true }), losses(1, 1))
    expect(model.done).toHaveLength(7)
  })

  it('needs an optimizer that keeps means', async () => {
    const model = new FakeModel()
    model.optimizer.swapAverages = () => false
    await expect(runEpochs(callbacks.swapEMAWeights(), losses(1), model)).rejects.toThrow(
      'swapEMAWeights: the optimizer must have useEma, received: false',
    )
  })
})

it('lambdaCallback knows what a callback may hold', () => {
  const onEpochEnd = () => {}
  expect(callbacks.lambdaCallback({ onEpochEnd })).toEqual({ onEpochEnd })
  expect(() => callbacks.lambdaCallback({ onEpochEnds: onEpochEnd } as never)).toThrow(
    'lambdaCallback: no function of a callback, did you mean "onEpochEnd"?',
  )
})
