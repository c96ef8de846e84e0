/** @file A model and a file system that exist in memory only, for tests of callbacks. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Platform } from '../../base/platform.ts'
import { NdArray } from '../../tensor/ndarray.ts'
import type { Logs } from '../events.ts'
import { type Callback, notify, type TrainedModel } from './callback.ts'

/** Has one weight, and remembers what it was asked to do. */
export class FakeModel implements TrainedModel {
  stopTraining = false
  initialEpoch = 0
  weight = 0
  readonly done: string[] = []
  readonly optimizer = {
    learningRate: 1,
    iterations: 0,
    swapAverages: () => this.done.push('swap') > 0,
  }

  get namedWeights() {
    return new Map([['dense/kernel', { read: () => Float32Array.of(this.weight) }]])
  }

  getWeights() {
    return [new NdArray(Float32Array.of(this.weight), [1])]
  }

  setWeights([{ data }]: readonly NdArray[]): void {
    this.weight = data[0]
  }

  async save(path: string): Promise<void> {
    this.done.push(`save ${path}`)
  }

  async saveWeights(path: string): Promise<void> {
    this.done.push(`saveWeights ${path}`)
  }

  async loadWeights(path: string): Promise<void> {
    this.done.push(`loadWeights ${path}`)
  }

  betterOf(name: string) {
    return name === 'loss' ? 'lower' : name === 'acc' ? 'higher' : undefined
  }
}

/** Runs a callback through epochs with these logs, three batches each, as `fit` would. */
export async function runEpochs(callback: Callback, epochs: readonly Logs[], model = new FakeModel()) {
  const rates: number[] = []
  await notify(callback, { type: 'trainBegin', epochs: epochs.length, steps: 3 }, model)
  for (let epoch = model.initialEpoch; epoch < epochs.length && !model.stopTraining; epoch++) {
    await notify(callback, { type: 'epochBegin', epoch }, model)
    rates.push(model.optimizer.learningRate)
    for (let step = 1; step <= 3; step++) {
      model.optimizer.iterations += 1
      await notify(callback, { type: 'stepEnd', epoch, step, count: 1, logs: epochs[epoch] }, model)
    }
    await notify(callback, { type: 'testBegin' }, model)
    await notify(callback, { type: 'testEnd', logs: {} }, model)
    await notify(
      callback,
      { type: 'epochEnd', epoch, logs: { ...epochs[epoch], ...callback.moreLogs?.(model) } },
      model,
    )
  }
  await notify(callback, { type: 'trainEnd', reason: 'done', logs: {} }, model)
  return { model, rates }
}

/** The files by their paths, and a platform that keeps them there. */
export function filesInMemory() {
  const files = new Map<string, Uint8Array>()
  const missing = (what: string) => (): never => {
    throw new SeparableError('internal', `filesInMemory has no ${what}, ${received(what)}`)
  }
  const platform: Platform = {
    env: () => undefined,
    cacheFolder: missing('cacheFolder'),
    readStream: missing('readStream'),
    rename: async (from, to) => {
      files.set(to, files.get(from) as Uint8Array)
      files.delete(from)
    },
    md5: missing('md5'),
    realPath: missing('realPath'),
    lock: missing('lock'),
    readStart: missing('readStart'),
    listFolder: missing('listFolder'),
    decodeImage: missing('decodeImage'),
    fileSize: async (path) => files.get(path)?.length,
    readFile: async (path) => files.get(path) ?? missing(path)(),
    writeFileAtomic: async (path, data) => void files.set(path, data.slice()),
    makeFolder: async () => {},
    remove: async (path) => void files.delete(path),
    appendStream: (path) =>
      new WritableStream({
        write(chunk) {
          files.set(path, Uint8Array.from([...(files.get(path) ?? []), ...chunk]))
        },
      }),
  }
  return { files, platform }
}
