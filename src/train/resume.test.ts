/** @file Tests of callbacks that decide how training goes on, with real models. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { setPlatform } from '../base/platform.ts'
import { resetNames } from '../nn/names.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { callbacks } from './callbacks/index.ts'
import { filesInMemory } from './callbacks/testing.ts'
import { setEngineFactory } from './environment.ts'
import { classifier, points } from './testing.ts'

const { x, y } = points(12)
const quiet = { verbose: 0, batchSize: 5 } as const

function fresh(optimizer = optimizers.adam({ learningRate: 0.05 })) {
  setRandomSeed(0)
  resetNames()
  const net = classifier()
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  return net
}

beforeEach(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 })) // holds f32, as files do
})

afterEach(() => {
  setPlatform(undefined)
  vi.restoreAllMocks()
})

it('an interrupted run that is made again ends with the weights of one that was not', async () => {
  const { files, platform } = filesInMemory()
  setPlatform(platform)
  const whole = fresh()
  await whole.fit(x, y, { ...quiet, epochs: 4 })
  const controller = new AbortController()
  const stop = { onEpochBegin: (epoch: number) => void (epoch === 2 && controller.abort()) }
  const backup = () => callbacks.backupAndRestore({ backupDir: 'backup' })
  await fresh().fit(x, y, { ...quiet, epochs: 4, callbacks: [backup(), stop], signal: controller.signal })
  expect(files.size).toBe(2)
  const again = fresh()
  const { epoch } = await again.fit(x, y, { ...quiet, epochs: 4, callbacks: [backup()] })
  expect(epoch).toEqual([2, 3])
  expect(again.getWeights()).toEqual(whole.getWeights())
  expect(again.optimizer.iterations).toBe(12)
  expect(files.size).toBe(0)
})

it('terminateOnNaN ends training without an error', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const net = fresh(optimizers.sgd({ learningRate: Number.MAX_VALUE }))
  const { epoch } = await net.fit(x, y, { ...quiet, epochs: 3, callbacks: [callbacks.terminateOnNaN()] })
  expect(epoch).toEqual([0])
  expect(log).toHaveBeenCalledWith('Batch 1: Invalid loss, terminating training')
})

it('what callbacks log is part of the history', async () => {
  const { history } = await fresh().fit(x, y, {
    ...quiet,
    epochs: 2,
    callbacks: [callbacks.learningRateScheduler((epoch) => 0.5 ** epoch)],
  })
  expect(history.learning_rate).toEqual([1, 0.5])
})

it('swapEMAWeights validates with averaged weights', async () => {
  const averaging = () => optimizers.sgd({ learningRate: 0.5, useEma: true, emaMomentum: 0.9 })
  const validation = { ...quiet, epochs: 2, validationData: [x, y] as const }
  const swapping = fresh(averaging())
  const { history } = await swapping.fit(x, y, { ...validation, callbacks: [callbacks.swapEMAWeights()] })
  const plain = fresh(averaging())
  expect((await plain.fit(x, y, validation)).history.val_loss).not.toEqual(history.val_loss)
  expect(plain.getWeights()).toEqual(swapping.getWeights())
  const [loss] = await swapping.evaluate(x, y, quiet)
  expect(loss).toBeCloseTo(history.val_loss[1], 6)
})
