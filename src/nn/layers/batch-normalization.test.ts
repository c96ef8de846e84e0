/** @file Batch normalisation and dropout: what training changes, and that it stops when the layer is frozen. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../../backends/reference/reference-engine.ts'
import { NdArray } from '../../tensor/ndarray.ts'
import { setEngineFactory } from '../../train/environment.ts'
import { model } from '../../train/functional.ts'
import { setRandomSeed } from '../random-state.ts'
import { layers } from './index.ts'
import { input } from './input.ts'

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(0)
})

const x = new NdArray(Float32Array.of(1, 10, 3, 20, 5, 60), [3, 2])
const y = new NdArray(new Float32Array(6), [3, 2])

function normalised(trainable = true) {
  const visible = input({ shape: [2] })
  const layer = layers.batchNormalization({ trainable })
  const net = model({ inputs: visible, outputs: layer.apply(visible) })
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  return { net, layer }
}

describe('batchNormalization', () => {
  it('orders its weights as Keras', () => {
    const { layer } = normalised()
    expect(layer.weights.map(({ name }) => name)).toEqual(['gamma', 'beta', 'moving_mean', 'moving_variance'])
    expect(layer.trainableWeights.map(({ name }) => name)).toEqual(['gamma', 'beta'])
  })

  it('moves its averages by a hundredth towards the mean and the biased variance of the batch', async () => {
    const { net, layer } = normalised()
    await net.trainOnBatch(x, y)
    const [, , mean, variance] = layer.getWeights()
    expect(mean.data[0]).toBeCloseTo(0.01 * 3, 6)
    expect(mean.data[1]).toBeCloseTo(0.01 * 30, 6)
    expect(variance.data[0]).toBeCloseTo(0.99 + 0.01 * (8 / 3), 6)
    expect(variance.data[1]).toBeCloseTo(0.99 + 0.01 * (1400 / 3), 5)
    await net.dispose()
  })

  it('counts only the images of a short batch', async () => {
    const { net, layer } = normalised()
    await net.fit(x, y, { batchSize: 2, shuffle: false, verbose: 0 })
    expect(layer.getWeights()[2].data[0]).toBeCloseTo(0.99 * 0.01 * 2 + 0.01 * 5, 6)
    await net.dispose()
  })

  it('normalises a training batch to mean 0 and variance 1', async () => {
    const { net } = normalised()
    const { loss } = await net.trainOnBatch(x, y)
    expect(loss).toBeCloseTo((8 / 3 / (8 / 3 + 1e-3) + 1400 / 3 / (1400 / 3 + 1e-3)) / 2, 6)
    await net.dispose()
  })

  it('predicts with the moving averages', async () => {
    const { net, layer } = normalised()
    const vector = (...values: number[]) => new NdArray(Float32Array.from(values), [2])
    layer.setWeights([vector(2, 1), vector(0.5, 0), vector(1, 10), vector(4, 25)])
    const { data } = await net.predict(x)
    expect(data[2]).toBeCloseTo((2 * (3 - 1)) / Math.sqrt(4.001) + 0.5, 6)
    expect(data[5]).toBeCloseTo((60 - 10) / Math.sqrt(25.001), 5)
    await net.dispose()
  })

  it('changes nothing while it is frozen', async () => {
    const { net, layer } = normalised(false)
    const before = layer.getWeights()
    await net.trainOnBatch(x, y)
    expect(layer.getWeights()).toEqual(before)
    expect(layer.nonTrainableWeights).toHaveLength(4)
    await net.dispose()
  })

  it('refuses other axes than the last', () => {
    expect(() => layers.batchNormalization({ axis: 4, name: 'bn' }).apply(input({ shape: [4, 4, 3] }))).toThrow(
      'bn (BatchNormalization): axis must be 1 to 3 or -3 to -1, received: 4',
    )
  })
})

describe('dropout', () => {
  it('drops in training only, something else in each step, and the same for the same seed', async () => {
    const run = async () => {
      setRandomSeed(5)
      const visible = input({ shape: [64] })
      const net = model({ inputs: visible, outputs: layers.dropout({ rate: 0.5 }).apply(visible) })
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
      const ones = new NdArray(new Float32Array(128).fill(1), [2, 64])
      const zeros = new NdArray(new Float32Array(128), [2, 64])
      const losses = [await net.trainOnBatch(ones, zeros), await net.trainOnBatch(ones, zeros)].map(({ loss }) => loss)
      const predicted = await net.predict(ones)
      await net.dispose()
      expect(predicted).toEqual(ones)
      return losses
    }
    const losses = await run()
    for (const loss of losses) expect(loss).toBeGreaterThan(1.2) // the mean of 0 and 2² is 2
    expect(losses[0]).not.toBe(losses[1])
    expect(await run()).toEqual(losses)
  })
})
