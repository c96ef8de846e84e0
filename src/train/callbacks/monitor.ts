/** @file What callbacks share that watch a logged value. */
import { received, SeparableError } from '../../base/errors.ts'
import { oneOf, text } from '../../nn/schema.ts'
import { currentScreen } from '../environment.ts'
import type { Logs } from '../events.ts'
import type { TrainedModel } from './callback.ts'

/** The arguments of a callback that watches a value. */
export const monitorSchema = {
  monitor: text('the logged value to watch').default('val_loss'),
  mode: oneOf('which direction is better; "auto" knows it for losses and metrics', 'auto', 'min', 'max').default(
    'auto',
  ),
}

interface Monitor {
  /** Who watches, for messages. */
  readonly owner: string
  readonly monitor: string
  readonly mode: 'auto' | 'min' | 'max'
}

/** The watched value; undefined, with a warning, when it is not logged. */
export function monitored({ owner, monitor }: Monitor, logs: Logs): number | undefined {
  if (Object.hasOwn(logs, monitor)) return logs[monitor]
  currentScreen().warn(`${owner} watches "${monitor}", which is not logged (logged: ${Object.keys(logs).join(', ')})`)
  return undefined
}

/** Whether a value is better than another by more than `minDelta`. @throws SeparableError when "auto" does not know */
export function isBetter(monitor: Monitor, model: TrainedModel, value: number, than: number, minDelta = 0): boolean {
  return directionOf(monitor, model) === 'min' ? value + minDelta < than : value - minDelta > than
}

function directionOf({ owner, mode, monitor }: Monitor, model: TrainedModel): 'min' | 'max' {
  if (mode !== 'auto') return mode
  const better = model.betterOf(monitor.replace(/^val_/, ''))
  if (better) return better === 'lower' ? 'min' : 'max'
  throw new SeparableError('argument', `${owner}: set mode to "min" or "max" for this monitor, ${received(monitor)}`)
}
