/** @file Every network of the zoo trains a step in worker threads. */
import { expect, it } from 'vitest'
import { type ZooName, zoo } from '../src/models/index.ts'
import { resetNames } from '../src/nn/names.ts'
import { configure, NdArray } from '../src/node.ts'

const BATCH = 2
const SHAPE = [75, 75, 3]

it.each(Object.keys(zoo) as ZooName[])('%s', { timeout: 120_000 }, async (name) => {
  configure({ threads: 2 })
  resetNames()
  const net = zoo[name]({ inputShape: SHAPE, classes: 5 })
  net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
  const pixels = Float32Array.from({ length: BATCH * 75 * 75 * 3 }, (_, i) => ((i * 7919) % 255) / 127.5 - 1)
  const x = new NdArray(pixels, [BATCH, ...SHAPE])
  const y = new NdArray(Int32Array.of(1, 4), [BATCH])
  try {
    const first = await net.trainOnBatch(x, y)
    const second = await net.trainOnBatch(x, y)
    expect(first.loss).toBeGreaterThan(0)
    expect(second.loss).not.toBe(first.loss)
    expect(Number.isFinite(second.loss)).toBe(true)
  } finally {
    await net.dispose()
  }
})
