/** @file The training loop as a stream of events. */
import type { Callback } from './callbacks/index.ts'
import type { Compiled } from './compile.ts'
import { explainBadLoss } from './diagnose.ts'
import type { Logs, TrainEvent } from './events.ts'
import { evaluateSource } from './inference.ts'
import { pipelined } from './pipeline.ts'
import type { Run, TrainedNetwork } from './run.ts'
import type { Session } from './session.ts'
import type { Batch, Source } from './source.ts'
import { hasFiniteLoss, openTrainSteps, runTrainStep, type TrainRun } from './train-step.ts'

export interface Training {
  readonly network: TrainedNetwork
  readonly compiled: Compiled
  readonly session: Session
  readonly source: Source
  readonly validation: Source | null
  readonly validationFreq: number | readonly number[]
  readonly epochs: number
  readonly signal: AbortSignal | null
  /** What is kept up to date about where training is; it may be changed while `trainBegin` is consumed. */
  readonly run: Run
  readonly callbacks: readonly Callback[]
}

/** Trains, epoch by epoch. While an event is consumed nothing runs, except the next step after `stepEnd` (`isAtRest`). */
export async function* trainingEvents(training: Training): AsyncGenerator<TrainEvent> {
  const { network, epochs, source, run } = training
  const stopped = () => network.stopTraining || training.signal?.aborted === true
  let logs: Logs = {}
  yield { type: 'trainBegin', epochs, steps: source.steps }
  for (let epoch = network.initialEpoch; epoch < epochs; epoch++) {
    const resumed = run.isResumedIn(epoch)
    if (stopped() && !resumed) break
    yield { type: 'epochBegin', epoch, resumed }
    logs = yield* epochSteps(training, epoch, stopped)
    if (training.signal?.aborted) break
    logs = { ...logs, ...(yield* validationLogs(training, epoch)) }
    if (training.signal?.aborted) break
    run.endEpoch()
    yield { type: 'epochEnd', epoch, logs }
  }
  if (training.signal?.aborted) yield { type: 'aborted' }
  training.compiled.optimizer.finish(network.trainableWeights)
  const reason = training.signal?.aborted ? 'aborted' : network.stopTraining ? 'stopped' : 'done'
  yield { type: 'trainEnd', reason, logs }
}

/** Batches with the graphs that take them, until training is stopped. */
async function* openedBatches(training: Training, batches: ReturnType<Source['pass']>, stopped: () => boolean) {
  const { network, compiled, session } = training
  for await (const batch of batches) {
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
  const { network, compiled, session, source, run, callbacks } = training
  const batches = source.pass(epoch, run.beginEpoch(epoch))
  let running = 0
  // One step at a time when somebody wants to act before the next one.
  const ahead = () => (callbacks.some(({ onBatchEnd, wantsRest }) => onBatchEnd || wantsRest?.()) ? 1 : 2)
  const steps = pipelined(openedBatches(training, batches, stopped), ahead, async ({ batch, steps }) => {
    running += 1
    return { batch, done: await runTrainStep(steps, compiled.optimizer, batch.feed) }
  })
  let bad: { readonly batch: Batch; readonly done: TrainRun } | undefined
  for await (const each of steps) {
    running -= 1
    if (!hasFiniteLoss(each.done)) {
      bad = each
      break // lets the steps that have begun come to their end
    }
    const { results, count } = each.done
    run.addStep(each.batch.end, results, count)
    yield { type: 'stepEnd', epoch, step: run.place.step, count, logs: run.totals.logs(), resting: running === 0 }
  }
  const { step } = run.place
  if (bad) yield { type: 'badLoss', epoch, step: step + 1, logs: run.totals.logs() }
  if (bad && !network.stopTraining)
    throw await explainBadLoss({ network, session, ...bad.batch, epoch, step, run: bad.done })
  return run.totals.logs()
}

/** Keras: every so many epochs, or after those of a list, counting from 1. */
function isDue(frequency: number | readonly number[], epoch: number): boolean {
  return typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1)
}

async function* validationLogs(training: Training, epoch: number): AsyncGenerator<TrainEvent, Logs> {
  const { network, compiled, session, validation, validationFreq, signal } = training
  if (!validation || !isDue(validationFreq, epoch)) return {}
  yield { type: 'testBegin' }
  const evaluation = evaluateSource({ network, compiled, session, source: validation, signal })
  const logs = await evaluation.catch((error) => {
    if (signal?.aborted && error === signal.reason) return undefined
    throw error
  })
  if (!logs) return {}
  yield { type: 'testEnd', logs }
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]))
}
