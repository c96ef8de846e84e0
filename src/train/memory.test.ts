/** @file Tests of what a model says about its memory before it runs. */
import { beforeEach, expect, it } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { resetNames } from '../nn/names.ts'
import { setEngineFactory } from './environment.ts'
import type { MemoryKind, MemoryUse } from './memory.ts'
import { classifier } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
  resetNames()
})

const sumOf = ({ parts }: MemoryUse, kind: MemoryKind) =>
  parts.filter((part) => part.kind === kind).reduce((sum, { bytes }) => sum + bytes, 0)

it('counts weights, slots and examples', async () => {
  const net = classifier()
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const train = await net.memory('train', { batchSize: 10, examples: 1000, dtype: 'f32' })
  const predict = await net.memory('predict', { batchSize: 10, examples: 1000, dtype: 'f32' })
  await net.dispose()
  expect(train).toMatchObject({ purpose: 'train', batchSize: 10, threads: 1, examples: 1000 })
  expect(train.bytes).toBe(train.parts.reduce((sum, { bytes }) => sum + bytes, 0))
  expect(sumOf(predict, 'weights')).toBe(sumOf(train, 'weights'))
  expect(sumOf(predict, 'weights')).toBeGreaterThanOrEqual(4 * net.countParams())
  expect(sumOf(train, 'slots')).toBe(2 * sumOf(train, 'weights'))
  expect(sumOf(predict, 'slots')).toBe(0)
  expect(sumOf(predict, 'examples')).toBe(1000 * 4 * (3 + 2))
  const layers = new Set(train.parts.filter(({ kind }) => kind === 'slots').map(({ label }) => label.split('/')[0]))
  expect(layers).toEqual(new Set(net.layers.map(({ name }) => name)))
})

it('refuses what does not fit', async () => {
  await expect(classifier().memory('train', { examples: 0 })).rejects.toThrow(
    'memory: examples must be an integer >= 1 and <= 1000000000 or null, received: 0',
  )
})
