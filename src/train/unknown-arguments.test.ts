/** @file Arguments that nobody would hear of: names that are almost right, callbacks that are none, wrong kinds of argument. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { callbacks } from './callbacks/index.ts'
import { setEngineFactory } from './environment.ts'
import { model } from './functional.ts'
import { sequential } from './sequential.ts'
import { classifier, points } from './testing.ts'

beforeEach(() => setEngineFactory(async () => new ReferenceEngine()))

const { x, y } = points(4)
const quiet = { verbose: 0 } as const
const fitWith = (callback: unknown) => classifier().fit(x, y, { ...quiet, callbacks: [callback as never] })

describe('a callback', () => {
  it.each([
    ['onEpochEnds', 'did you mean "onEpochEnd"?'],
    ['onepochend', 'did you mean "onEpochEnd"?'],
    ['on_epoch_end', 'did you mean "onEpochEnd"?'],
    ['onTrainBatchEnd', 'did you mean "onBatchEnd"?'],
    ['onBatchBegin', 'received: "onBatchBegin"'],
    ['getStat', 'did you mean "getState"?'],
  ])('with the function %s is refused', async (name, message) => {
    await expect(fitWith({ [name]() {} })).rejects.toThrow(message)
    class Own {}
    Object.defineProperty(Own.prototype, name, { value() {} })
    await expect(fitWith(new Own())).rejects.toThrow(message)
  })

  it.each([undefined, null, 7, 'earlyStopping', () => 0, callbacks.earlyStopping])(
    'that is %s is refused',
    async (callback) => {
      await expect(fitWith(callback)).rejects.toThrow(
        /^fit: callbacks\[0\] must be an object with functions such as onEpochEnd, received: /,
      )
    },
  )

  it('whose function is none is refused', async () => {
    await expect(fitWith({ onEpochEnd: 'log' })).rejects.toThrow(
      'callbacks[0]: onEpochEnd must be a function, received: "log"',
    )
  })

  it('may have helpers and values of its own', async () => {
    class Own {
      seen = 0
      note() {
        this.seen += 1
      }
      onEpochEnd() {
        this.note()
      }
    }
    const own = new Own()
    await fitWith(own)
    expect(own.seen).toBe(1)
  })
})

it.each([
  [
    'trainOnBatch',
    () => classifier().trainOnBatch(x, y, { sampleWeights: x } as never),
    'did you mean "sampleWeight"?',
  ],
  ['testOnBatch', () => classifier().testOnBatch(x, y, { classWeight: {} } as never), 'testOnBatch: unknown argument'],
  ['fit', () => classifier().fit(x, y, { epoch: 3 } as never), 'did you mean "epochs"?'],
  ['predict', () => classifier().predict(x, { batch_size: 3 } as never), 'did you mean "batchSize"?'],
  [
    'sequential',
    () => sequential([input({ shape: [1] }), layers.flatten()], { names: 'a' } as never),
    'did you mean "name"?',
  ],
  ['sequential of no list', () => sequential(layers.flatten() as never), 'sequential: takes a list of layers'],
  ['model', () => model({ input: input({ shape: [1] }), outputs: [] } as never), 'did you mean "inputs"?'],
  [
    'model of layers',
    () => model({ inputs: layers.flatten(), outputs: [] } as never),
    'model: inputs must be a tensor',
  ],
])('%s refuses unknown and wrong arguments', async (_, call, message) => {
  const outcome = await Promise.resolve()
    .then<unknown>(call)
    .catch((error) => error)
  expect(outcome).toMatchObject({ name: 'SeparableError', message: expect.stringContaining(message) })
})
