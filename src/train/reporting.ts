/** @file Everyone who is told how training goes: the history, the progress bar, callbacks. */
import { untilAbortedAndLate } from '../base/abort.ts'
import { type Callback, notify, type RunAtRest, type TrainedModel } from './callbacks/index.ts'
import { currentScreen } from './environment.ts'
import { type History, isAtRest, type TrainEvent } from './events.ts'
import type { Head } from './heads.ts'
import { ProgressBar } from './progress-bar.ts'

/** So long a callback may go on working after the signal has aborted, to finish a file. */
const GRACE_MS = 5000

interface Audience {
  readonly model: TrainedModel
  readonly history: History
  readonly progress: ProgressBar | undefined
  readonly callbacks: readonly Callback[]
  readonly run: RunAtRest
  readonly signal: AbortSignal | null
}

/** Tells everyone of every event, in turn; training waits for them, though not for ever once the signal has aborted. */
export async function report(events: AsyncIterable<TrainEvent>, audience: Audience): Promise<void> {
  const { model, history, progress, callbacks, run, signal } = audience
  const waitFor = (work: void | Promise<void>) => work && untilAbortedAndLate(work, signal, GRACE_MS)
  for await (const plain of events) {
    const event = withMoreLogs(plain, callbacks, model)
    history.on(event)
    progress?.on(event)
    for (const callback of callbacks) await waitFor(notify(callback, event, model))
    if (isAtRest(event)) for (const callback of callbacks) await waitFor(callback.onRest?.(run, event))
  }
}

/** The end of an epoch with what callbacks have to log. */
function withMoreLogs(event: TrainEvent, callbacks: readonly Callback[], model: TrainedModel): TrainEvent {
  if (event.type !== 'epochEnd') return event
  return { ...event, logs: Object.assign({ ...event.logs }, ...callbacks.map(({ moreLogs }) => moreLogs?.(model))) }
}

/** The names of what `evaluate` returns, in Keras's order. */
export function logNames(heads: readonly Head[]): string[] {
  const metricNames = ({ metrics, weightedMetrics }: Head) => [...metrics, ...weightedMetrics].map(({ name }) => name)
  return ['loss', ...heads.flatMap(({ lossName }) => lossName ?? []), ...heads.flatMap(metricNames)]
}

interface Verbose {
  readonly verbose: 'auto' | 0 | 1 | 2
}

export function verbosity({ verbose }: Verbose): 0 | 1 | 2 {
  if (verbose !== 'auto') return verbose
  return currentScreen().interactive ? 1 : 2
}

export function progressFor(options: Verbose): ProgressBar | undefined {
  const level = verbosity(options)
  return level === 0 ? undefined : new ProgressBar(currentScreen(), level === 1)
}
