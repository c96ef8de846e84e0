/** @file Tests of where batches come from: datasets, epochs of so many steps, and when validation takes place. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import type { TrainEvent } from './events.ts'
import type { DatasetBatch } from './source.ts'
import { classifier, points } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
})

const { x, y } = points(12)
const quiet = { verbose: 0 } as const
const batch = (begin: number, end: number): DatasetBatch => [x.slice(begin, end), y.slice(begin, end)]
const column = (values: number[]) => new NdArray(Float32Array.from(values), [values.length])

function fresh() {
  setRandomSeed(0)
  resetNames()
  return classifier()
}

async function* later() {
  for (const begin of [0, 5, 10]) {
    await Promise.resolve()
    yield batch(begin, Math.min(begin + 5, 12))
  }
}

/** The numbers of steps of each epoch. */
async function stepsOf(run: (onEvent: (event: TrainEvent) => void) => Promise<unknown>): Promise<number[]> {
  const steps: number[] = []
  await run((event) => {
    if (event.type === 'epochBegin') steps.push(0)
    if (event.type === 'stepEnd') steps[steps.length - 1] += 1
  })
  return steps
}

describe('datasets', () => {
  it('train and evaluate as the same batches in memory do', async () => {
    const [a, b, c] = [fresh(), fresh(), fresh()]
    const inMemory = await a.fit(x, y, { ...quiet, batchSize: 5, epochs: 2, shuffle: false, validationData: [x, y] })
    const args = { ...quiet, epochs: 2, validationData: later, validationBatchSize: 5 }
    expect((await b.fitDataset(later, args)).history).toEqual(inMemory.history)
    await c.fitDataset([batch(0, 5), batch(5, 10), batch(10, 12)], { ...quiet, epochs: 2 })
    expect(b.getWeights()).toEqual(a.getWeights())
    expect(c.getWeights()).toEqual(a.getWeights())
    expect(await b.evaluateDataset(later, quiet)).toEqual(await a.evaluate(x, y, { ...quiet, batchSize: 5 }))
  })

  it('may weigh examples and classes, and grow', async () => {
    const weights = [...y.data].map((label) => (label ? 3 : 1))
    const weighed = (begin: number, end: number): DatasetBatch =>
      [...batch(begin, end), column(weights.slice(begin, end))] as never
    const [a, b] = [fresh(), fresh()]
    const expected = await a.fitDataset([weighed(0, 4), weighed(4, 12)], quiet)
    const byClass = await b.fitDataset([batch(0, 4), batch(4, 12)], { ...quiet, classWeight: { 1: 3 } })
    expect(byClass.history).toEqual(expected.history)
  })

  it('know their steps once they have ended', async () => {
    const net = fresh()
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const history = await net.fitDataset(later, { epochs: 2, verbose: 2 })
    const lines = log.mock.calls.map(([line]) => String(line))
    log.mockRestore()
    expect(history.params.steps).toBe(null)
    expect(lines[1]).toMatch(/^3\/3 - /)
  })

  it.each([
    [[[x]], 'fitDataset: a batch must be [x, y] or [x, y, sampleWeight], received: [{"data"'],
    [[[x, y.slice(1)]], 'fitDataset: x and y must have equally many examples, received: [12, 11]'],
    [[], 'fitDataset: the dataset has no batches (a generator serves one pass: give a function that makes one)'],
  ])('refuse what does not fit %#', async (dataset, message) => {
    await expect(fresh().fitDataset(dataset as never, quiet)).rejects.toThrow(message)
  })

  it('say that a generator is used up', async () => {
    await expect(fresh().fitDataset(later(), { ...quiet, epochs: 2 })).rejects.toThrow('the dataset has no batches')
  })
})

describe('stepsPerEpoch', () => {
  it('lets an epoch go on where the last one ended', async () => {
    const [a, b] = [fresh(), fresh()]
    const order = { ...quiet, batchSize: 3, shuffle: false }
    const steps = await stepsOf((onEvent) =>
      a.fit(x, y, { ...order, epochs: 4, stepsPerEpoch: 2, callbacks: [{ onEvent }] }),
    )
    expect(steps).toEqual([2, 2, 2, 2])
    await b.fit(x, y, { ...order, epochs: 2 })
    expect(a.getWeights()).toEqual(b.getWeights())
  })

  it('warns when the data run out within an epoch, and begins again', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const run = (onEvent: (event: TrainEvent) => void) =>
      fresh().fitDataset(later, { ...quiet, epochs: 3, stepsPerEpoch: 2, callbacks: [{ onEvent }] })
    expect(await stepsOf(run)).toEqual([2, 1, 2])
    expect(warn.mock.calls.flat()).toContain('warning: the data ran out after 1 of the 2 steps of an epoch')
    warn.mockRestore()
  })
})

describe('validation', () => {
  it.each([
    [2, [undefined, 1, undefined, 1]],
    [
      [1, 4],
      [1, undefined, undefined, 1],
    ],
  ])('takes place after epochs %j', async (validationFreq, due) => {
    const seen: (number | undefined)[] = []
    const onEpochEnd = (_: number, logs: object) => void seen.push('val_loss' in logs ? 1 : undefined)
    await fresh().fit(x, y, { ...quiet, epochs: 4, validationSplit: 0.25, validationFreq, callbacks: [{ onEpochEnd }] })
    expect(seen).toEqual(due)
  })

  it('takes validationSteps batches of validationBatchSize, the first ones', async () => {
    const net = fresh()
    const args = { validationData: [x, y] as const, validationSteps: 2, validationBatchSize: 2 }
    const { history } = await net.fit(x, y, { ...quiet, ...args })
    const logs = await net.testOnBatch(x.slice(0, 4), y.slice(0, 4))
    expect(history.val_loss[0]).toBeCloseTo(logs.loss, 6)
    const [loss] = await net.evaluateDataset(later, { ...quiet, steps: 1 })
    expect(loss).toBeCloseTo((await net.testOnBatch(x.slice(0, 5), y.slice(0, 5))).loss, 6)
  })

  it('refuses what does not fit', async () => {
    await expect(fresh().fit(x, y, { ...quiet, validationFreq: 0 })).rejects.toThrow(
      'fit: validationFreq must be an integer >= 1 or a list of such, received: 0',
    )
  })
})

describe('single batches', () => {
  it('predictOnBatch predicts, trainOnBatch weighs', async () => {
    const [a, b] = [fresh(), fresh()]
    expect(await a.predictOnBatch(x)).toEqual(await a.predict(x, { batchSize: 12 }))
    const sampleWeight = column([...y.data].map((label) => (label ? 2 : 1)))
    const logs = await a.trainOnBatch(x, y, { sampleWeight })
    expect(await b.trainOnBatch(x, y, { classWeight: { 1: 2 } })).toEqual(logs)
    expect(a.getWeights()).toEqual(b.getWeights())
  })
})
