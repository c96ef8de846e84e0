/** @file Tests of callbacks that decide how training goes on, with real models. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { setPlatform } from '../base/platform.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { type Optimizer, optimizers, schedules } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { type Callback, callbacks } from './callbacks/index.ts'
import { filesInMemory } from './callbacks/testing.ts'
import { setEngineFactory } from './environment.ts'
import type { FitArgs } from './model.ts'
import { sequential } from './sequential.ts'
import type { Dataset, DatasetBatch } from './source.ts'
import { classifier, points } from './testing.ts'

const { x, y } = points(12)
const quiet = { verbose: 0, batchSize: 5 } as const
let { files, platform } = filesInMemory()

/** With everything that draws numbers or remembers. */
function noisyClassifier(optimizer: Optimizer = optimizers.sgd({ learningRate: 0.1, momentum: 0.5 })) {
  const net = sequential([
    input({ shape: [3] }),
    layers.gaussianNoise({ stddev: 0.1 }),
    layers.dense({ units: 4, activation: 'tanh' }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ])
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
  return net
}

function fresh(optimizer = optimizers.adam({ learningRate: 0.05 })) {
  setRandomSeed(0)
  resetNames()
  const net = classifier()
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
  return net
}

beforeEach(() => {
  ;({ files, platform } = filesInMemory())
  setPlatform(platform)
  setEngineFactory(async () => new WasmEngine({ cores: 1 })) // holds f32, as files do
})

afterEach(() => {
  setPlatform(undefined)
  vi.restoreAllMocks()
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

// ------------------------------------------------------------------------------ backupAndRestore

/** A call of `fit` on a new model, with callbacks of its own. */
interface Call {
  readonly optimizer?: () => Optimizer
  readonly args?: Omit<FitArgs, 'callbacks'>
  readonly backup?: Omit<Parameters<typeof callbacks.backupAndRestore>[0], 'backupDir'>
  readonly others?: () => Callback[]
  /** Batches as a dataset, instead of arrays. */
  readonly dataset?: Dataset
}

/** Makes a call, with one more callback, and returns everything that it leaves. */
async function make({ optimizer, args, backup, others, dataset }: Call, interruption: Callback = {}) {
  setRandomSeed(0)
  resetNames()
  const net = noisyClassifier(optimizer?.())
  const csv = callbacks.csvLogger({ filename: 'log.csv' })
  const all = [csv, callbacks.backupAndRestore({ backupDir: 'run', ...backup }), ...(others?.() ?? []), interruption]
  const options = { ...quiet, epochs: 4, validationData: [x, y] as const, ...args, callbacks: all }
  const { batchSize: _, ...withoutSize } = options
  const { epoch, history } = await (dataset ? net.fitDataset(dataset, withoutSize) : net.fit(x, y, options))
  const log = new TextDecoder().decode(files.get('log.csv'))
  return { weights: net.getWeights(), iterations: net.optimizer.iterations, epoch, history, log }
}

/** Ends training with an error after so many batches, wherever they are in the pipeline. */
function dyingAfter(batches: number): Callback {
  let left = batches
  return {
    onEvent(event) {
      if (event.type === 'stepEnd' && --left === 0) throw new Error('killed')
    },
  }
}

/** Ends training within an epoch, after so many batches in all. */
function stoppingAfter(batches: number): Callback {
  return {
    onBatchEnd(_batch, _logs, model) {
      if (model.optimizer.iterations >= batches) model.stopTraining = true
    },
  }
}

const growing = () =>
  [
    [0, 3],
    [3, 12],
    [0, 5],
  ].map(([a, b]): DatasetBatch => [x.slice(a, b), y.slice(a, b)])

const CALLS: readonly [what: string, call: Call][] = [
  ['backups after epochs', {}],
  [
    'backups after every second batch',
    { optimizer: () => optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }), backup: { saveFreq: 2 } },
  ],
  [
    'averaged weights, gradients of two batches, a schedule',
    {
      optimizer: () =>
        optimizers.adam({
          learningRate: schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.7 }),
          useEma: true,
          emaOverwriteFrequency: 4,
          gradientAccumulationSteps: 2,
        }),
      backup: { saveFreq: 1 },
      others: () => [callbacks.swapEMAWeights({ swapOnEpoch: true })],
    },
  ],
  [
    'callbacks that remember',
    {
      args: { epochs: 6 },
      backup: { saveFreq: 2, doubleCheckpoint: true },
      others: () => [
        callbacks.reduceLROnPlateau({ patience: 1, minDelta: 0.5 }),
        callbacks.learningRateScheduler((_, rate) => rate * 0.9),
        callbacks.earlyStopping({ patience: 3, minDelta: 0.5, restoreBestWeights: true }),
        callbacks.modelCheckpoint({ filepath: 'best.weights.h5', saveWeightsOnly: true, saveBestOnly: true }),
      ],
    },
  ],
  ['a callback that stops within an epoch', { backup: { saveFreq: 1 }, others: () => [stoppingAfter(5)] }],
  ['epochs of so many steps', { args: { stepsPerEpoch: 2, epochs: 5 }, backup: { saveFreq: 1 } }],
  ['a dataset whose batches grow', { dataset: growing, args: { validationData: growing }, backup: { saveFreq: 1 } }],
]

describe('backupAndRestore', () => {
  it.each(CALLS)('%s: wherever a run dies, again and again, it ends as if it had not', async (_, call) => {
    const whole = await make(call)
    files.clear()
    let ended: unknown
    for (
      let life = 1;
      !ended;
      life++ // longer and longer: where no backup comes within a life, nothing is gained
    )
      ended = await make(call, dyingAfter(life)).catch((error: Error) => {
        expect(error.message).toBe('killed')
      })
    expect(ended).toEqual(whole)
    expect([...files.keys()].filter((path) => path.startsWith('run/'))).toEqual([])
  })

  it.each(['onEpochBegin', 'onBatchEnd', 'onTestBegin', 'onEpochEnd'])(
    'goes on after its signal, given in %s',
    async (moment) => {
      const call: Call = { others: () => [callbacks.learningRateScheduler((_, rate) => rate * 0.9)] }
      const whole = await make(call)
      const controller = new AbortController()
      let left = 2
      const aborting = { [moment]: () => void (--left === 0 && controller.abort()) }
      await make({ ...call, args: { signal: controller.signal } }, aborting)
      expect([...files.keys()].sort()).toEqual(['log.csv', 'run/latest.npz'])
      expect(await make(call)).toEqual(whole)
    },
  )

  it.each(CALLS)('%s: a run that was stopped before its first step goes on', async (_, call) => {
    const whole = await make(call)
    files.clear()
    const early = AbortSignal.abort()
    for (let times = 0; times < 2; times++) {
      const { epoch } = await make({ ...call, args: { ...call.args, signal: early } })
      expect([epoch, files.has('run/latest.npz')]).toEqual([[], true])
    }
    expect(await make(call)).toEqual(whole)
  })

  it.each(['onTrainBegin', 'onEpochBegin'])('goes on after its signal, given in the first %s', async (moment) => {
    const whole = await make({})
    const controller = new AbortController()
    await make({ args: { signal: controller.signal } }, { [moment]: () => controller.abort() })
    expect(await make({})).toEqual(whole)
  })

  it('adds nothing to a run that was over, and goes on when it is to be longer', async () => {
    const kept = { backup: { deleteCheckpoint: false } }
    const two = await make({ ...kept, args: { epochs: 2 } })
    expect(await make({ ...kept, args: { epochs: 2 } })).toEqual(two)
    const four = await make(kept)
    files.clear()
    expect(four).toEqual(await make(kept))
  })

  it('takes the backup before a damaged one, where it is kept', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const call = { backup: { doubleCheckpoint: true, saveFreq: 1 } }
    const whole = await make(call)
    await expect(make(call, dyingAfter(8))).rejects.toThrow('killed')
    const damage = (path: string) =>
      files.set(
        path,
        (files.get(path) as Uint8Array).map((byte, i) => (i === 300 ? byte ^ 1 : byte)),
      )
    damage('run/latest.npz')
    expect(await make(call, {})).toEqual(whole)
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/^warning: run\/latest.npz.*; the backup before it is used$/),
    )
    await expect(make(call, dyingAfter(8))).rejects.toThrow('killed')
    damage('run/latest.npz')
    damage('run/previous.npz')
    await expect(make(call)).rejects.toThrow(/^run\/previous.npz.* checksum.*, received: /)
  })

  it('refuses the backup of another run', async () => {
    await expect(make({}, dyingAfter(8))).rejects.toThrow('killed')
    await expect(make({ args: { batchSize: 4 } })).resolves.toBeDefined() // equally many steps are not told apart
    await expect(make({}, dyingAfter(8))).rejects.toThrow('killed')
    await expect(make({ args: { batchSize: 6 } })).rejects.toThrow(
      'run/latest.npz belongs to another run: one of 3 steps an epoch, received: 2',
    )
    await expect(make({ optimizer: () => optimizers.adam() })).rejects.toThrow(
      'run/latest.npz: values of the optimizer: the model has 12, received: 6',
    )
    await expect(make({ others: () => [callbacks.earlyStopping()] })).rejects.toThrow(
      'belongs to another run: one with the callbacks csvLogger, received: "csvLogger, earlyStopping"',
    )
    await expect(make({ args: { validationData: null } })).rejects.toThrow('one with other validationData, received: f')
  })
})
