/** @file The training loop as a stream of events. */
import { Random } from '../base/random.ts'
import type { Network } from '../nn/network.ts'
import type { Compiled } from './compile.ts'
import { explainBadLoss } from './diagnose.ts'
import type { Logs, TrainEvent } from './events.ts'
import { evaluateTable, formatOf } from './inference.ts'
import { count, pipelined } from './pipeline.ts'
import type { Session } from './session.ts'
import { Batches, type Table } from './table.ts'
import { Totals } from './totals.ts'
import { hasFiniteLoss, openTrainSteps, runTrainStep, type TrainRun } from './train-step.ts'

export interface Training {
  readonly network: Network & { stopTraining: boolean; readonly initialEpoch: number }
  readonly compiled: Compiled
  readonly session: Session
  readonly data: Table
  readonly validation: Table | null
  readonly batchSize: number
  readonly epochs: number
  readonly shuffle: boolean
  readonly seed: number
  readonly signal: AbortSignal | null
  /** Steps handed over before the first is done; 1 when somebody wants to act between two steps. */
  readonly ahead: number
}

/** Trains, epoch by epoch. While an event is consumed nothing runs, except the next steps after `stepEnd` when `ahead` > 1. */
export async function* trainingEvents(training: Training): AsyncGenerator<TrainEvent> {
  const { network, epochs, data, batchSize } = training
  const stopped = () => network.stopTraining || training.signal?.aborted === true
  let logs: Logs = {}
  yield { type: 'trainBegin', epochs, steps: Math.ceil(data.count / batchSize) }
  for (let epoch = network.initialEpoch; epoch < epochs && !stopped(); epoch++) {
    yield { type: 'epochBegin', epoch }
    logs = yield* epochSteps(training, epoch, stopped)
    if (training.signal?.aborted) break
    logs = { ...logs, ...(yield* validationLogs(training)) }
    yield { type: 'epochEnd', epoch, logs }
  }
  training.compiled.optimizer.finish(network.trainableWeights)
  const reason = training.signal?.aborted ? 'aborted' : network.stopTraining ? 'stopped' : 'done'
  yield { type: 'trainEnd', reason, logs }
}

/** One pass over the data. Returns the epoch's means. */
async function* epochSteps(
  training: Training,
  epoch: number,
  stopped: () => boolean,
): AsyncGenerator<TrainEvent, Logs> {
  const { network, compiled, session, data, batchSize, ahead } = training
  const format = formatOf(network, data, batchSize)
  const steps = await openTrainSteps(session, network, compiled, format)
  const batches = new Batches(data, batchSize, orderOf(training, epoch))
  const numbers = count(batches.steps, () => !stopped())
  const runs = pipelined(numbers, ahead, (i) => runTrainStep(steps, compiled.optimizer, batches.feed(i)))
  const totals = new Totals(compiled.heads(network.outputs))
  let done = 0
  let bad: TrainRun | undefined
  for await (const run of runs) {
    if (!hasFiniteLoss(run)) {
      bad = run
      break // lets the steps that have begun come to their end
    }
    totals.add(run.results, run.count)
    done += 1
    yield { type: 'stepEnd', epoch, step: done, count: run.count, logs: totals.logs() }
  }
  if (bad) yield { type: 'badLoss', epoch, step: done + 1, logs: totals.logs() }
  if (bad && !network.stopTraining)
    throw await explainBadLoss({ network, session, format, feed: batches.feed(done), epoch, step: done, run: bad })
  return totals.logs()
}

function orderOf({ shuffle, seed, data }: Training, epoch: number): Uint32Array | undefined {
  return shuffle ? new Random(seed, `shuffle/${epoch}`).permutation(data.count) : undefined
}

async function* validationLogs(training: Training): AsyncGenerator<TrainEvent, Logs> {
  const { network, compiled, session, validation, batchSize } = training
  if (!validation) return {}
  yield { type: 'testBegin' }
  const logs = await evaluateTable({ network, compiled, session, table: validation, batchSize })
  yield { type: 'testEnd', logs }
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]))
}
