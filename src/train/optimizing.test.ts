/** @file Tests of what optimizers add to a training step, through fit and in compiled kernels. */
import { beforeEach, describe, expect, it } from 'vitest'
import { resetNames } from '../nn/names.ts'
import { type Optimizer, optimizers } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { setEngineFactory } from './environment.ts'
import { classifier, ENGINES, points } from './testing.ts'

const { x, y } = points(10)

/** The weights after so many epochs in the order of the data. */
async function weightsAfter(optimizer: Optimizer, batchSize: number, epochs = 1): Promise<number[]> {
  setRandomSeed(0)
  resetNames()
  const net = classifier()
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  await net.fit(x, y, { batchSize, epochs, shuffle: false, verbose: 0 })
  const weights = net.getWeights().flatMap(({ data }) => [...data])
  await net.dispose()
  return weights
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5)
  })
}

describe.each(ENGINES)('on %s', (_, make) => {
  beforeEach(() => setEngineFactory(make))

  it('two batches with accumulated gradients are one batch of twice the size', async () => {
    const halves = optimizers.adam({ learningRate: 0.1, gradientAccumulationSteps: 2 })
    expectClose(await weightsAfter(halves, 5, 3), await weightsAfter(optimizers.adam({ learningRate: 0.1 }), 10, 3))
    expect(halves.iterations).toBe(6)
  })

  it('fit ends with the running means of the weights', async () => {
    const learningRate = 0.5
    const [first, second] = [
      await weightsAfter(optimizers.sgd({ learningRate }), 10),
      await weightsAfter(optimizers.sgd({ learningRate }), 10, 2),
    ]
    const averaged = await weightsAfter(optimizers.sgd({ learningRate, useEma: true, emaMomentum: 0.75 }), 10, 2)
    expectClose(
      averaged,
      first.map((w, i) => 0.75 * w + 0.25 * second[i]),
    )
  })

  it('gradients are clipped by the norm of all of them', async () => {
    const learningRate = 0.5
    const start = await weightsAfter(optimizers.sgd({ learningRate: 0 }), 10)
    const plain = await weightsAfter(optimizers.sgd({ learningRate }), 10)
    const clipped = await weightsAfter(optimizers.sgd({ learningRate, globalClipnorm: 0.125 }), 10)
    const norm = Math.hypot(...plain.map((w, i) => (w - start[i]) / learningRate))
    expect(norm).toBeGreaterThan(0.125)
    expectClose(
      clipped,
      start.map((w, i) => w + ((plain[i] - w) * 0.125) / norm),
    )
  })
})
