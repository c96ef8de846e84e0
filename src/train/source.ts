/** @file Where batches come from: examples in memory, or a dataset that makes them as it goes. */
import type { Feed } from '../backends/engine.ts'
import { itemsUntilAborted, type Signal } from '../base/abort.ts'
import { received, SeparableError } from '../base/errors.ts'
import { Random } from '../base/random.ts'
import type { Network } from '../nn/network.ts'
import type { DType } from '../tensor/ndarray.ts'
import { currentScreen } from './environment.ts'
import type { Format } from './graphs.ts'
import { Batches, type Inputs, type Table } from './table.ts'
import { type SampleWeights, type Targets, weightColumns } from './targets.ts'

/** Examples with what belongs to them, as `fit` takes them. */
export type DatasetBatch = readonly [x: Inputs, y: Targets, sampleWeight?: SampleWeights]

type SomeBatches = Iterable<DatasetBatch> | AsyncIterable<DatasetBatch>

/**
 * Batches, as many as a pass over the data has. What can be gone through again serves every epoch; a generator, which
 * cannot, comes as a function that makes one.
 */
export type Dataset = SomeBatches | (() => SomeBatches)

/** A place in the data, between two batches: passes are epochs unless `stepsPerEpoch` cuts them. */
export interface DataPlace {
  /** The epoch in which the pass over the data began. */
  readonly pass: number
  /** Batches of the pass that were taken. */
  readonly taken: number
}

/** Where training is, between two steps. */
export interface Place extends DataPlace {
  readonly epoch: number
  /** Steps of the epoch that are done. */
  readonly step: number
}

/** One batch, and the format of the graphs that take it. */
export interface Batch {
  readonly format: Format
  readonly feed: Feed
  /** Where the data are once it was taken. */
  readonly end: DataPlace
}

export interface Source {
  /** Batches of a pass; null where nobody knows before it ends. */
  readonly steps: number | null
  /** Graphs are made for so many images: those of the largest batch so far. */
  readonly room: { images: number }
  /** The batches of an epoch. @param from goes on there; a place in an earlier pass is where this epoch begins */
  pass(epoch: number, from?: Place): AsyncGenerator<Batch> | Generator<Batch>
  /** Closes a pass that the last epoch left open. */
  close?(): Promise<void>
}

/** Batches of a pass that are left out since they were taken before an interruption. */
function takenOf(pass: number, from: Place | undefined): number {
  return from?.pass === pass ? from.taken : 0
}

/** The format of a graph that takes batches of this table. */
export function formatOf(network: Network, table: Table, batchSize: number): Format {
  const dtypes = network.inputs.map(({ source }): DType => {
    const column = table.columns.find(({ name }) => name === source.layer.name)
    return column?.data.BYTES_PER_ELEMENT === 1 ? 'u8' : 'f32'
  })
  return { batch: Math.min(batchSize, table.count), dtypes, weights: weightColumns(table, network.outputs.length) }
}

/** Examples in memory. @param seed decides the order of each pass; undefined leaves it as it is */
export function tableSource(network: Network, table: Table, batchSize: number, seed?: number): Source {
  const format = formatOf(network, table, batchSize)
  return {
    steps: Math.ceil(table.count / batchSize),
    room: { images: format.batch },
    *pass(epoch, from) {
      const order = seed === undefined ? undefined : new Random(seed, `shuffle/${epoch}`).permutation(table.count)
      const batches = new Batches(table, batchSize, order)
      for (let i = takenOf(epoch, from); i < batches.steps; i++)
        yield { format, feed: batches.feed(i), end: { pass: epoch, taken: i + 1 } }
    },
  }
}

/**
 * The batches of a dataset. Graphs are made for the largest one so far, which smaller ones share.
 * @param owner who asks, for messages
 * @param tableOf checks a batch
 * @param signal ends a pass, also while a batch is waited for
 */
export function datasetSource(
  owner: string,
  network: Network,
  dataset: Dataset,
  tableOf: (...batch: DatasetBatch) => Table,
  signal?: Signal,
): Source {
  const room = { images: 0 }
  return {
    steps: null,
    room,
    async *pass(epoch, from) {
      let batches = 0
      const items = typeof dataset === 'function' ? dataset() : dataset
      for await (const batch of itemsUntilAborted(items, signal)) {
        const table = tableOf(...demandBatch(owner, batch))
        room.images = Math.max(room.images, table.count)
        batches += 1
        if (batches <= takenOf(epoch, from)) continue
        const format = { ...formatOf(network, table, table.count), batch: room.images }
        yield { format, feed: new Batches(table, table.count).feed(0), end: { pass: epoch, taken: batches } }
      }
      if (batches === 0 && !signal?.aborted)
        throw new SeparableError(
          'data',
          `${owner}: the dataset has no batches (a generator serves one pass: give a function that makes one), ${received(batches)}`,
        )
    },
  }
}

function demandBatch(owner: string, batch: unknown): DatasetBatch {
  if (Array.isArray(batch) && (batch.length === 2 || batch.length === 3)) return batch as unknown as DatasetBatch
  throw new SeparableError('argument', `${owner}: a batch must be [x, y] or [x, y, sampleWeight], ${received(batch)}`)
}

/** The same with epochs of so many batches: each goes on where the last one ended, and the data begin again at their end. */
export function inEpochsOf(stepsPerEpoch: number | null, source: Source, signal?: Signal): Source {
  if (stepsPerEpoch === null) return source
  let running: ReturnType<Source['pass']> | undefined
  return {
    steps: stepsPerEpoch,
    room: source.room,
    async *pass(epoch, from) {
      if (from) running = source.pass(from.pass, from)
      for (let step = from?.step ?? 0; step < stepsPerEpoch; step++) {
        running ??= source.pass(epoch)
        let next = await running.next()
        if (next.done && step === 0) {
          running = source.pass(epoch)
          next = await running.next()
        }
        if (next.done) {
          running = undefined
          if (signal?.aborted) return
          currentScreen().warn(`the data ran out after ${step} of the ${stepsPerEpoch} steps of an epoch`)
          return
        }
        yield next.value
      }
    },
    async close() {
      await running?.return(undefined)
    },
  }
}

/** The first so many batches of every pass; null takes all. */
export function firstOf(steps: number | null, source: Source): Source {
  if (steps === null) return source
  return {
    steps: source.steps === null ? steps : Math.min(steps, source.steps),
    room: source.room,
    async *pass(epoch) {
      let taken = 0
      for await (const batch of source.pass(epoch)) {
        yield batch
        taken += 1
        if (taken === steps) return
      }
    },
  }
}
