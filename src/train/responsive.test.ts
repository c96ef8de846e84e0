/** @file `fit` lets timers and input have their turn while it computes, even on the thread that asked. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, expect, it, vi } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { setEngineFactory } from './environment.ts'
import { classifier, points } from './testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

/** A batch of 16 images, of which dense layers take two at a time: each two are a slice. */
const LANES = 8

afterEach(() => vi.restoreAllMocks())

it('on the calling thread the event loop turns at every slice', async () => {
  // A clock on which whatever is looked at has taken longer than a frame.
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
  const { x, y } = points(64)
  const net = classifier()
  await net.trainOnBatch(x.slice(0, 16), y.slice(0, 16)) // compiles
  let turns = 0
  let next = setImmediate(function turn() {
    turns += 1
    next = setImmediate(turn)
  })
  const atSteps: number[] = []
  const onBatchEnd = () => void atSteps.push(turns)
  await net.fit(x, y, { batchSize: 16, epochs: 3, verbose: 0, callbacks: [{ onBatchEnd }] })
  clearImmediate(next)
  await net.dispose()
  expect(atSteps).toHaveLength(12)
  atSteps.reduce((before, at) => {
    expect(at - before).toBeGreaterThanOrEqual(LANES)
    return at
  }, 0)
})
