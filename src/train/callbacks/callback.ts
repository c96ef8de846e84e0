/** @file What a callback is: a plain object whose functions `fit` calls (https://keras.io/api/callbacks/). */

import { received, SeparableError } from '../../base/errors.ts'
import type { JsonObject } from '../../formats/json.ts'
import { suggest } from '../../nn/names.ts'
import type { NdArray } from '../../tensor/ndarray.ts'
import type { Logs, TrainEvent } from '../events.ts'

/** What callbacks see of the model that is trained. */
export interface TrainedModel {
  /** Set it to end training after the present batch or epoch. */
  stopTraining: boolean
  /** The epoch to begin with, counting from 0. May be set in `onTrainBegin`. */
  initialEpoch: number
  readonly optimizer: {
    learningRate: number
    readonly iterations: number
    /** Swaps weights with their running means; false when there are none. */
    swapAverages(): boolean
  }
  readonly namedWeights: ReadonlyMap<string, { read(): Float32Array<ArrayBuffer> }>
  getWeights(): NdArray<Float32Array<ArrayBuffer>>[]
  setWeights(values: readonly NdArray[]): void
  save(path: string): Promise<void>
  saveWeights(path: string): Promise<void>
  loadWeights(path: string): Promise<void>
  /** Whether more or less of a logged value is better; undefined when it is not known. */
  betterOf(name: string): 'lower' | 'higher' | undefined
}

/** A run of `fit` between two steps, with its model, its place in the data and what callbacks remember. */
export interface RunAtRest {
  /** The run as a .npz file. */
  toBytes(): Uint8Array<ArrayBuffer>
  /**
   * Goes on as the run that was written down; while training begins.
   * @param what the name of the file, for messages
   * @throws SeparableError `data` when the file is damaged, `argument` when it belongs to another run
   */
  restore(bytes: Uint8Array, what: string): Promise<void>
}

/** What a callback must remember for an interrupted run to go on as if it had not been. */
export interface CallbackState {
  /** `earlyStopping` */
  readonly owner: string
  /** Plain data; numbers need not be finite. */
  readonly values: JsonObject
  /** Default: none. */
  readonly arrays?: readonly NdArray[]
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
  /** Before and after the validation of an epoch. */
  onTestBegin?(logs: Logs, model: TrainedModel): void | Promise<void>
  onTestEnd?(logs: Logs, model: TrainedModel): void | Promise<void>
  /** The loss of a batch is not finite; `fit` ends with an error unless this sets `stopTraining`. */
  onBadLoss?(batch: number, logs: Logs, model: TrainedModel): void | Promise<void>
  /** What is to be logged with an epoch besides losses and metrics. */
  moreLogs?(model: TrainedModel): Logs
  /** Every event, before the functions above. Cheaper than `onBatchEnd`: the next batch may already be running. */
  onEvent?(event: TrainEvent): void | Promise<void>
  /** What `setState` takes once training was resumed. Where there is one there must be the other. */
  getState?(): CallbackState
  /** Called after all `onTrainBegin`. */
  setState?(state: CallbackState): void | Promise<void>
  /**
   * Nothing runs, and all callbacks have been told of this event: training begins or ends, an epoch is over, or a step, or
   * training was aborted.
   */
  onRest?(run: RunAtRest, event: TrainEvent): void | Promise<void>
  /** Whether the step after the one that was reported last is to be followed by `onRest`. */
  wantsRest?(): boolean
}

/** The names of all functions of a callback. */
export const CALLBACK_FUNCTIONS: readonly (keyof Callback)[] = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchEnd',
  'onTestBegin',
  'onTestEnd',
  'onBadLoss',
  'moreLogs',
  'onEvent',
  'getState',
  'setState',
  'onRest',
  'wantsRest',
]

/** Names that other libraries have, and what stands for them here. */
const FOREIGN: { readonly [name: string]: keyof Callback } = {
  onTrainBatchEnd: 'onBatchEnd',
  onTestBatchEnd: 'onTestEnd',
  onYield: 'onBatchEnd',
}

/**
 * Callbacks as they are; functions that nobody would call are refused: those whose names begin with `on`, or are almost that
 * of one that is known. Others may be a callback's own.
 * @throws SeparableError (`argument`) naming the function
 */
export function checkCallbacks(owner: string, callbacks: readonly unknown[]): void {
  callbacks.forEach((callback, i) => {
    const what = `${owner}: callbacks[${i}]`
    if (typeof callback !== 'object' || callback === null)
      throw new SeparableError(
        'argument',
        `${what} must be an object with functions such as onEpochEnd, ${received(callback)}`,
      )
    for (const name of functionNames(callback)) {
      const isKnown = (CALLBACK_FUNCTIONS as readonly string[]).includes(name)
      const foreign = Object.hasOwn(FOREIGN, name) ? `, did you mean "${FOREIGN[name]}"?` : ''
      const hint = foreign || suggest(name, CALLBACK_FUNCTIONS)
      if (!isKnown && (hint || /^on[A-Z_]/.test(name)))
        throw new SeparableError(
          'argument',
          `${what}: no function of this name is called${hint} (known: ${CALLBACK_FUNCTIONS.join(', ')}), ${received(name)}`,
        )
    }
    for (const name of CALLBACK_FUNCTIONS) {
      const value: unknown = (callback as Callback)[name]
      if (value !== undefined && typeof value !== 'function')
        throw new SeparableError('argument', `${what}: ${name} must be a function, ${received(value)}`)
    }
  })
}

/** Of an object and the classes that made it. */
function functionNames(callback: object): string[] {
  const names: string[] = []
  for (let each: object = callback; each && each !== Object.prototype; each = Object.getPrototypeOf(each))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (typeof value === 'function' && name !== 'constructor') names.push(name)
  return names
}

/** Calls what a callback has for an event. */
export async function notify(callback: Callback, event: TrainEvent, model: TrainedModel): Promise<void> {
  await callback.onEvent?.(event)
  switch (event.type) {
    case 'trainBegin':
      return callback.onTrainBegin?.({}, model)
    case 'epochBegin':
      return event.resumed ? undefined : callback.onEpochBegin?.(event.epoch, {}, model)
    case 'stepEnd':
      return callback.onBatchEnd?.(event.step - 1, event.logs, model)
    case 'badLoss':
      return callback.onBadLoss?.(event.step - 1, event.logs, model)
    case 'testBegin':
      return callback.onTestBegin?.({}, model)
    case 'testEnd':
      return callback.onTestEnd?.(event.logs, model)
    case 'epochEnd':
      return callback.onEpochEnd?.(event.epoch, event.logs, model)
    case 'trainEnd':
      return callback.onTrainEnd?.(event.logs, model)
  }
}
