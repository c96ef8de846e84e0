/** @file A signal that aborts while something is waited for: a dataset, its validation, a callback, an epoch's worth of work. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import type { Callback } from './callbacks/index.ts'
import { setEngineFactory } from './environment.ts'
import type { DatasetBatch } from './source.ts'
import { classifier, points } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
  setRandomSeed(0)
  resetNames()
})
afterEach(() => void vi.useRealTimers())

const { x, y } = points(12)
const quiet = { verbose: 0 } as const
const never = new Promise<never>(() => {})

/** Some batches, then it waits without an end. */
class Waiting implements AsyncIterable<DatasetBatch> {
  closed = 0
  readonly #batches: number
  readonly #onWait: () => void

  constructor(batches: number, onWait: () => void) {
    this.#batches = batches
    this.#onWait = onWait
  }

  [Symbol.asyncIterator](): AsyncIterator<DatasetBatch> {
    let taken = 0
    return {
      next: async () => {
        if (taken++ < this.#batches) return { done: false, value: [x, y] }
        setTimeout(this.#onWait, 1)
        return never
      },
      return: async () => {
        this.closed += 1
        return { done: true, value: undefined }
      },
    }
  }
}

function waiting(batches: number) {
  const controller = new AbortController()
  const dataset = new Waiting(batches, () => controller.abort(new Error('enough')))
  return { dataset, signal: controller.signal }
}

/** What `fitDataset` told its callbacks. */
function telling() {
  const told: string[] = []
  const callback: Callback = { onEvent: ({ type }) => void told.push(type) }
  return { told, callbacks: [callback] }
}

describe('a signal that aborts', () => {
  it.each([0, 2])('while the dataset waits for batch %s ends training, and closes the dataset', async (batches) => {
    const { dataset, signal } = waiting(batches)
    const { told, callbacks } = telling()
    const history = await classifier().fitDataset(dataset, { ...quiet, epochs: 3, signal, callbacks })
    expect(history.epoch).toEqual([])
    expect(told.filter((type) => type === 'stepEnd')).toHaveLength(batches)
    expect(told.slice(-2)).toEqual(['aborted', 'trainEnd'])
    expect(dataset.closed).toBe(1)
  })

  it('in an epoch of so many steps ends training without a word of data that ran out', async () => {
    const { dataset, signal } = waiting(5)
    const warn = vi.spyOn(console, 'warn')
    const history = await classifier().fitDataset(dataset, { ...quiet, epochs: 3, stepsPerEpoch: 2, signal })
    expect(history.epoch).toEqual([0, 1])
    expect(warn).not.toHaveBeenCalled()
    expect(dataset.closed).toBe(1)
  })

  it('before anything began waits for nothing', async () => {
    const { dataset } = waiting(0)
    const history = await classifier().fitDataset(dataset, { ...quiet, signal: AbortSignal.abort() })
    expect(history.epoch).toEqual([])
  })

  it.each(['fit', 'fitDataset'] as const)('while the validation of %s waits ends it', async (method) => {
    const { dataset: validationData, signal } = waiting(1)
    const { told, callbacks } = telling()
    const args = { ...quiet, epochs: 2, signal, callbacks, validationData }
    const net = classifier()
    const history = await (method === 'fit' ? net.fit(x, y, args) : net.fitDataset([[x, y]], args))
    expect(history.epoch).toEqual([])
    expect(told.slice(-3)).toEqual(['testBegin', 'aborted', 'trainEnd'])
    expect(validationData.closed).toBe(1)
  })

  it('while a generator waits leaves it, and that closes when it goes on', async () => {
    const controller = new AbortController()
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let closed = false
    async function* generator(): AsyncGenerator<DatasetBatch> {
      try {
        yield [x, y]
        controller.abort()
        await gate
        yield [x, y]
      } finally {
        closed = true
      }
    }
    await classifier().fitDataset(generator, { ...quiet, signal: controller.signal })
    expect(closed).toBe(false)
    open()
    await new Promise((resolve) => setTimeout(resolve))
    expect(closed).toBe(true)
  })

  it.each(['onTrainBegin', 'onEpochBegin', 'onBatchEnd', 'onTestBegin', 'onEpochEnd', 'onTrainEnd', 'onRest'] as const)(
    'while %s waits without an end ends training some seconds later',
    async (name) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const controller = new AbortController()
      const wait = () => {
        setTimeout(() => controller.abort(), 1)
        return never
      }
      const callback = { [name]: wait } as Callback
      const args = { ...quiet, epochs: 2, signal: controller.signal, validationData: [x, y] as const }
      let epochs: readonly number[] | undefined
      void classifier()
        .fit(x, y, { ...args, callbacks: [callback] })
        .then(({ epoch }) => {
          epochs = epoch
        })
      while (!epochs) await vi.advanceTimersByTimeAsync(5001)
      expect(epochs.length).toBeLessThan(3)
    },
  )

  it('lets a callback finish its file', async () => {
    const controller = new AbortController()
    const written: string[] = []
    const callback: Callback = {
      async onEpochEnd() {
        controller.abort()
        await new Promise((resolve) => setTimeout(resolve, 50))
        written.push('file')
      },
    }
    await classifier().fit(x, y, { ...quiet, epochs: 3, signal: controller.signal, callbacks: [callback] })
    expect(written).toEqual(['file'])
  })

  it('ends evaluateDataset with its reason', async () => {
    const { dataset, signal } = waiting(1)
    await expect(classifier().evaluateDataset(dataset, { ...quiet, signal })).rejects.toThrow('enough')
    expect(dataset.closed).toBe(1)
  })

  it('ends evaluate and predict after the present batch, with its reason', async () => {
    const net = classifier()
    const controller = new AbortController()
    const args = { batchSize: 1, signal: controller.signal }
    const all = [net.evaluate(x, y, { ...quiet, ...args }), net.predict(x, args), net.predictAll(x, args)]
    controller.abort(new Error('enough'))
    for (const each of await Promise.allSettled(all)) expect(each).toMatchObject({ reason: { message: 'enough' } })
  })
})

describe('a dataset that is left early', () => {
  it.each([
    [
      'by stopTraining',
      {
        onBatchEnd: (_: number, _logs: unknown, model: { stopTraining: boolean }) => {
          model.stopTraining = true
        },
      },
    ],
    [
      'by an error',
      {
        onBatchEnd: () => {
          throw new Error('on purpose')
        },
      },
    ],
  ])('%s is closed', async (_, callback) => {
    const dataset = new Waiting(5, () => {})
    const run = (args: object) =>
      classifier()
        .fitDataset(dataset, { ...quiet, callbacks: [callback as Callback], ...args })
        .catch(() => {})
    await run({})
    expect(dataset.closed).toBe(1)
    await run({ stepsPerEpoch: 2 })
    expect(dataset.closed).toBe(2)
  })

  it('by the number of steps is closed', async () => {
    const dataset = new Waiting(5, () => {})
    await classifier().evaluateDataset(dataset, { ...quiet, steps: 2 })
    expect(dataset.closed).toBe(1)
    await classifier().fitDataset(dataset, { ...quiet, stepsPerEpoch: 2 })
    expect(dataset.closed).toBe(2)
  })
})
