/** @file One network of a run: trained under a progress bar, tried on the test images, measured. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Dataset } from '../data/index.ts'
import type { Network } from '../nn/network.ts'
import { type CompareHistory, HISTORY_KEYS, type ModelResult, type ProcessorTime } from '../report/result.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { type Callback, callbacks as callbackMakers } from '../train/callbacks/index.ts'
import { type CompileArgs, compileArgs } from '../train/compile.ts'
import type { History } from '../train/events.ts'
import { trainGraph } from '../train/graphs.ts'
import type { Model } from '../train/model.ts'
import { testPredictions } from './test-predictions.ts'
import { TrainingClock } from './training-clock.ts'

export const SAVED = ['last', 'best'] as const
export type Saved = (typeof SAVED)[number]

/** How a network is trained. */
export interface TrainSetup {
  readonly data: Dataset
  readonly training: CompileArgs
  readonly epochs: number
  readonly batchSize: number
  readonly seed: number
  /** GFLOP/s that this machine can reach, NaN when unknown. */
  readonly peak: number
  /** How many of the test images are shown with what they were taken for. */
  readonly samples: number
  readonly signal: AbortSignal
  /** That compute. */
  readonly threads: number
  /** Which weights the network ends with: those of the last epoch, or of the one with the best validation. Default: last. */
  readonly save?: Saved
  /** How much each class counts in the loss. Default: all alike. */
  readonly classWeight?: { readonly [label: number]: number } | undefined
  /** Default: none. */
  readonly callbacks?: readonly Callback[]
}

/**
 * Trains a network, which must log `acc`, until it is done or the signal aborts, and says how it went. The engine is gone
 * afterwards, the weights stay.
 */
export async function trainNetwork(network: Model, setup: TrainSetup): Promise<ModelResult> {
  const { training, epochs, seed, signal, callbacks = [], save = 'last', classWeight = null } = setup
  const { train, test } = setup.data
  const summary = network.describe()
  const text = network.summary({ cost: true, print: false })
  const batchSize = Math.min(setup.batchSize, train.y.data.length)
  const clock = new TrainingClock(batchSize)
  network.compile(training)
  try {
    const validates = test.y.data.length > 0
    const keeper = save === 'best' && validates ? [bestWeights(epochs)] : []
    const options = {
      ...{ epochs, batchSize, seed, signal, classWeight },
      validationData: validates ? ([test.x, test.y] as const) : null,
      callbacks: [clock.callback, ...keeper, ...callbacks],
    }
    const history = await network.fit(train.x, train.y, options)
    const macs = summary.layers.reduce((sum, layer) => sum + (layer.macs ?? 0), 0)
    const gflops = (2 * stepMacs(network, training) * batchSize) / clock.msPerStep / 1e6
    return {
      params: network.countParams(),
      macs,
      msPerStep: clock.msPerStep,
      epochSeconds: clock.epochSeconds,
      gflops,
      peakShare: gflops / setup.peak,
      processor: processorTime(clock, setup.threads),
      history: compareHistory(history),
      ...(keeper.length > 0 ? { savedEpoch: bestEpoch(history) } : {}),
      weightsSha256: digest(network.getWeights()),
      layers: summary.layers.map((layer) => ({ name: layer.name, params: layer.params ?? 0, macs: layer.macs ?? 0 })),
      summary: text,
      ...(signal.aborted || !validates ? {} : await testPredictions(network, setup)),
    }
  } finally {
    await network.dispose()
  }
}

/** Ends the training with the weights of the epoch that was best, and never ends it before. */
function bestWeights(epochs: number): Callback {
  return callbackMakers.earlyStopping({ monitor: 'val_acc', mode: 'max', patience: epochs, restoreBestWeights: true })
}

/** Counting from 1; the first of several. 0 when there was none. */
function bestEpoch({ history }: History): number {
  const values = history.val_acc ?? []
  return values.indexOf(Math.max(...values)) + 1
}

function processorTime({ spent }: TrainingClock, threads: number): ProcessorTime {
  const usable = Math.min(threads, availableParallelism())
  const othersSeconds = Math.max(0, spent.all - spent.own)
  return { processorSeconds: spent.own, othersSeconds, wallSeconds: spent.wall, threads: usable }
}

/**
 * Multiply-accumulates of a training step for one image: the forward pass, the gradients of all weights, and those of all
 * values but the pictures.
 */
function stepMacs(network: Network, training: CompileArgs): number {
  const format = { batch: 1, dtypes: network.inputs.map(() => 'f32' as const) }
  const { graph } = trainGraph(network, compileArgs(training), format)
  return graph.live().reduce((sum, node) => sum + node.op.cost(node).macs, 0)
}

function compareHistory({ history }: History): CompareHistory {
  return Object.fromEntries(HISTORY_KEYS.map((key) => [key, history[key] ?? []])) as unknown as CompareHistory
}

/** sha256 over the f32 bytes of all weights in order, little-endian. */
function digest(weights: readonly NdArray<Float32Array<ArrayBuffer>>[]): string {
  const hash = createHash('sha256')
  for (const { data } of weights) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex')
}
