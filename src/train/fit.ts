/** @file The training loop as a stream of events. */
import type { Network } from '../nn/network.ts'
import type { Compiled } from './compile.ts'
import { explainBadLoss } from './diagnose.ts'
import type { Logs, TrainEvent } from './events.ts'
import { evaluateSource } from './inference.ts'
import { pipelined } from './pipeline.ts'
import type { Session } from './session.ts'
import type { Batch, Source } from './source.ts'
import { Totals } from './totals.ts'
import { hasFiniteLoss, openTrainSteps, runTrainStep, type TrainRun } from './train-step.ts'

export interface Training {
  readonly network: Network & { stopTraining: boolean; readonly initialEpoch: number }
  readonly compiled: Compiled
  readonly session: Session
  readonly source: Source
  readonly validation: Source | null
  readonly validationFreq: number | readonly number[]
  readonly epochs: number
  readonly signal: AbortSignal | null
  /** Steps handed over before the first is done; 1 when somebody wants to act between two steps. */
  readonly ahead: number
}

/** Trains, epoch by epoch. While an event is consumed nothing runs, except the next steps after `stepEnd` when `ahead` > 1. */
export async function* trainingEvents(training: Training): AsyncGenerator<TrainEvent> {
  const { network, epochs, source } = training
  const stopped = () => network.stopTraining || training.signal?.aborted === true
  let logs: Logs = {}
  yield { type: 'trainBegin', epochs, steps: source.steps }
  for (let epoch = network.initialEpoch; epoch < epochs && !stopped(); epoch++) {
    yield { type: 'epochBegin', epoch }
    logs = yield* epochSteps(training, epoch, stopped)
    if (training.signal?.aborted) break
    logs = { ...logs, ...(yield* validationLogs(training, epoch)) }
    yield { type: 'epochEnd', epoch, logs }
  }
  training.compiled.optimizer.finish(network.trainableWeights)
  const reason = training.signal?.aborted ? 'aborted' : network.stopTraining ? 'stopped' : 'done'
  yield { type: 'trainEnd', reason, logs }
}

/** The batches of an epoch with the graphs that take them, until training is stopped. */
async function* openedBatches({ network, compiled, session, source }: Training, epoch: number, stopped: () => boolean) {
  for await (const batch of source.pass(epoch)) {
    if (stopped()) return
    yield { batch, steps: await openTrainSteps(session, network, compiled, batch.format) }
  }
}

/** One pass over the data. Returns the epoch's losses and metrics. */
async function* epochSteps(
  training: Training,
  epoch: number,
  stopped: () => boolean,
): AsyncGenerator<TrainEvent, Logs> {
  const { network, compiled, session, ahead } = training
  const runs = pipelined(openedBatches(training, epoch, stopped), ahead, async ({ batch, steps }) => ({
    batch,
    run: await runTrainStep(steps, compiled.optimizer, batch.feed),
  }))
  const totals = new Totals(compiled.heads(network.outputs))
  let done = 0
  let bad: { readonly batch: Batch; readonly run: TrainRun } | undefined
  for await (const each of runs) {
    if (!hasFiniteLoss(each.run)) {
      bad = each
      break // lets the steps that have begun come to their end
    }
    const { results, count } = each.run
    totals.add(results, count)
    done += 1
    yield { type: 'stepEnd', epoch, step: done, count, logs: totals.logs() }
  }
  if (bad) yield { type: 'badLoss', epoch, step: done + 1, logs: totals.logs() }
  if (bad && !network.stopTraining)
    throw await explainBadLoss({ network, session, ...bad.batch, epoch, step: done, run: bad.run })
  return totals.logs()
}

/** Keras: every so many epochs, or after those of a list, counting from 1. */
function isDue(frequency: number | readonly number[], epoch: number): boolean {
  return typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1)
}

async function* validationLogs(training: Training, epoch: number): AsyncGenerator<TrainEvent, Logs> {
  const { network, compiled, session, validation, validationFreq } = training
  if (!validation || !isDue(validationFreq, epoch)) return {}
  yield { type: 'testBegin' }
  const logs = await evaluateSource({ network, compiled, session, source: validation })
  yield { type: 'testEnd', logs }
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]))
}
