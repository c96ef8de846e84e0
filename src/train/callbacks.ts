/** @file Callbacks: plain objects whose functions `fit` calls (https://keras.io/api/callbacks/). */
import { received, SeparableError } from '../base/errors.ts'
import { type Args, bool, int, number, oneOf, resolve, text } from '../nn/schema.ts'
import type { NdArray } from '../tensor/ndarray.ts'
import { currentScreen } from './environment.ts'
import type { Logs, TrainEvent } from './events.ts'

/** What callbacks see of the model that is trained. */
export interface TrainedModel {
  /** Set it to end training after the present batch or epoch. */
  stopTraining: boolean
  readonly optimizer: { learningRate: number; readonly iterations: number }
  getWeights(): NdArray<Float32Array<ArrayBuffer>>[]
  setWeights(values: readonly NdArray[]): void
  /** Whether more or less of a logged value is better; undefined when it is not known. */
  betterOf(name: string): 'lower' | 'higher' | undefined
}

/**
 * All functions are optional and may be asynchronous: training waits for them. Epochs and batches count from 0. In
 * `onBatchEnd` the logs are means over the epoch so far.
 */
export interface Callback {
  onTrainBegin?(logs: Logs, model: TrainedModel): void | Promise<void>
  onTrainEnd?(logs: Logs, model: TrainedModel): void | Promise<void>
  onEpochBegin?(epoch: number, logs: Logs, model: TrainedModel): void | Promise<void>
  onEpochEnd?(epoch: number, logs: Logs, model: TrainedModel): void | Promise<void>
  onBatchEnd?(batch: number, logs: Logs, model: TrainedModel): void | Promise<void>
  /** Every event, before the functions above. Cheaper than `onBatchEnd`: the next batch may already be running. */
  onEvent?(event: TrainEvent): void | Promise<void>
}

/** Calls what a callback has for an event. */
export async function notify(callback: Callback, event: TrainEvent, model: TrainedModel): Promise<void> {
  await callback.onEvent?.(event)
  switch (event.type) {
    case 'trainBegin':
      return callback.onTrainBegin?.({}, model)
    case 'epochBegin':
      return callback.onEpochBegin?.(event.epoch, {}, model)
    case 'stepEnd':
      return callback.onBatchEnd?.(event.step - 1, event.logs, model)
    case 'epochEnd':
      return callback.onEpochEnd?.(event.epoch, event.logs, model)
    case 'trainEnd':
      return callback.onTrainEnd?.(event.logs, model)
  }
}

const earlyStoppingSchema = {
  monitor: text('the logged value to watch').default('val_loss'),
  minDelta: number('a change must be greater than this to count', { min: 0 }).default(0),
  patience: int('epochs without improvement that are borne', { min: 0 }).default(0),
  verbose: int('1 says when it stops', { min: 0, max: 1 }).default(0),
  mode: oneOf('which direction is better; "auto" knows it for losses and metrics', 'auto', 'min', 'max').default(
    'auto',
  ),
  baseline: number('a value that must be beaten for an epoch to count as better').orNull(),
  restoreBestWeights: bool('whether the model ends with the weights of its best epoch').default(false),
  startFromEpoch: int('epochs, counting from 0, before this one are not watched', { min: 0 }).default(0),
}

interface Best {
  value: number | null
  epoch: number
  weights: NdArray[] | null
}

/**
 * Stops training when a logged value no longer improves. Defaults: monitor "val_loss", minDelta 0, patience 0, verbose 0,
 * mode "auto", baseline null, restoreBestWeights false, startFromEpoch 0. The best weights are restored even when training
 * was not stopped early. Keras: https://keras.io/api/callbacks/early_stopping/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
function earlyStopping(args: Args<typeof earlyStoppingSchema> = {}): Callback {
  const options = resolve('earlyStopping', earlyStoppingSchema, args)
  const { monitor, patience, restoreBestWeights, baseline, verbose } = options
  let wait = 0
  let stoppedEpoch = 0
  let best: Best = { value: null, epoch: 0, weights: null }

  const improves = (value: number, reference: number | null, model: TrainedModel): boolean => {
    if (reference === null) return true
    return directionOf(options, model) === 'min'
      ? value + options.minDelta < reference
      : value - options.minDelta > reference
  }
  const keep = (epoch: number, model: TrainedModel): void => {
    best.epoch = epoch
    if (restoreBestWeights) best.weights = model.getWeights()
  }
  return {
    onTrainBegin() {
      wait = 0
      stoppedEpoch = 0
      best = { value: null, epoch: 0, weights: null }
    },
    onEpochEnd(epoch, logs, model) {
      const value = monitored(monitor, logs)
      if (value === undefined || epoch < options.startFromEpoch) return
      if (restoreBestWeights && !best.weights) keep(epoch, model)
      wait += 1
      if (improves(value, best.value, model)) {
        best.value = value
        keep(epoch, model)
        if (baseline === null || improves(value, baseline, model)) wait = 0
      } else if (wait >= patience && epoch > 0) {
        stoppedEpoch = epoch
        model.stopTraining = true
      }
    },
    onTrainEnd(_, model) {
      if (verbose && stoppedEpoch > 0) print(`Epoch ${stoppedEpoch + 1}: early stopping`)
      if (!best.weights) return
      if (verbose) print(`Restoring model weights from the end of the best epoch: ${best.epoch + 1}.`)
      model.setWeights(best.weights)
    },
  }
}

function print(line: string): void {
  currentScreen().print(line)
}

function monitored(monitor: string, logs: Logs): number | undefined {
  if (!Object.hasOwn(logs, monitor))
    print(`warning: earlyStopping watches "${monitor}", which is not logged (logged: ${Object.keys(logs).join(', ')})`)
  return logs[monitor]
}

function directionOf({ mode, monitor }: { mode: 'auto' | 'min' | 'max'; monitor: string }, model: TrainedModel) {
  if (mode !== 'auto') return mode
  const better = model.betterOf(monitor.replace(/^val_/, ''))
  if (better) return better === 'lower' ? 'min' : 'max'
  throw new SeparableError(
    'argument',
    `earlyStopping: set mode to "min" or "max" for this monitor, ${received(monitor)}`,
  )
}

/** Callbacks that come with the library. */
export const callbacks = { earlyStopping }
