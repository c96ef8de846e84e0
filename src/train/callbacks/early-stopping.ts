/** @file Ends training when it no longer helps. */
import { type Args, bool, int, number, resolve } from '../../nn/schema.ts'
import type { NdArray } from '../../tensor/ndarray.ts'
import { currentScreen } from '../environment.ts'
import type { Callback, TrainedModel } from './callback.ts'
import { isBetter, monitored, monitorSchema } from './monitor.ts'

export const earlyStoppingSchema = {
  ...monitorSchema,
  minDelta: number('a change must be greater than this to count', { min: 0 }).default(0),
  patience: int('epochs without improvement that are borne', { min: 0 }).default(0),
  verbose: int('1 says when it stops', { min: 0, max: 1 }).default(0),
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
export function earlyStopping(args: Args<typeof earlyStoppingSchema> = {}): Callback {
  const options = resolve('earlyStopping', earlyStoppingSchema, args)
  const { patience, restoreBestWeights, baseline, verbose } = options
  const watched = { owner: 'earlyStopping', ...options }
  const print = (line: string) => currentScreen().print(line)
  let wait = 0
  let stoppedEpoch = 0
  let best: Best = { value: null, epoch: 0, weights: null }

  const improves = (value: number, reference: number | null, model: TrainedModel): boolean => {
    if (reference === null) return true
    return isBetter(watched, model, value, reference, options.minDelta)
  }
  const keep = (epoch: number, model: TrainedModel): void => {
    best.epoch = epoch
    if (restoreBestWeights) best.weights = model.getWeights()
  }
  return {
    getState() {
      const values = { wait, stoppedEpoch, best: best.value, bestEpoch: best.epoch }
      return { owner: 'earlyStopping', values, arrays: best.weights ?? [] }
    },
    setState({ values, arrays = [] }) {
      wait = Number(values.wait)
      stoppedEpoch = Number(values.stoppedEpoch)
      const value = values.best as number | null
      best = { value, epoch: Number(values.bestEpoch), weights: arrays.length > 0 ? [...arrays] : null }
    },
    onTrainBegin() {
      wait = 0
      stoppedEpoch = 0
      best = { value: null, epoch: 0, weights: null }
    },
    onEpochEnd(epoch, logs, model) {
      const value = monitored(watched, logs)
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
