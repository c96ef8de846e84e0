/** @file Callbacks that set the learning rate, end a hopeless run, and validate with averaged weights. */
import { received, SeparableError } from '../../base/errors.ts'
import { type Args, bool, int, number, resolve } from '../../nn/schema.ts'
import { currentScreen } from '../environment.ts'
import type { Callback, TrainedModel } from './callback.ts'
import { isBetter, monitored, monitorSchema } from './monitor.ts'

const verbose = int('1 says when it acts', { min: 0, max: 1 }).default(0)

/** Logged with every epoch, as Keras does. */
const moreLogs = ({ optimizer }: TrainedModel) => ({ learning_rate: optimizer.learningRate })

export const schedulerSchema = { verbose }

/**
 * Sets the learning rate of every epoch: `learningRateScheduler((epoch, rate) => (epoch < 5 ? rate : rate * 0.9))`.
 * Default: verbose 0. Keras: https://keras.io/api/callbacks/learning_rate_scheduler/
 * @param schedule from the epoch, counting from 0, and the present learning rate to that of the epoch
 * @throws SeparableError (`argument`), as training begins an epoch, when the schedule returns no number
 */
export function learningRateScheduler(
  schedule: (epoch: number, learningRate: number) => number,
  args: Args<typeof schedulerSchema> = {},
): Callback {
  const options = resolve('learningRateScheduler', schedulerSchema, args)
  return {
    moreLogs,
    onEpochBegin(epoch, _, { optimizer }) {
      const learningRate: unknown = schedule(epoch, optimizer.learningRate)
      if (typeof learningRate !== 'number' || !Number.isFinite(learningRate))
        throw new SeparableError(
          'argument',
          `learningRateScheduler: the schedule must return a number, ${received(learningRate)}`,
        )
      optimizer.learningRate = learningRate
      if (options.verbose)
        currentScreen().print(`Epoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${learningRate}.`)
    },
  }
}

export const plateauSchema = {
  ...monitorSchema,
  factor: number('what the learning rate is multiplied by', { above: 0, below: 1 }).default(0.1),
  patience: int('epochs without improvement that are borne', { min: 0 }).default(10),
  verbose,
  minDelta: number('a change must be greater than this to count', { min: 0 }).default(1e-4),
  cooldown: int('epochs after a change that are not counted', { min: 0 }).default(0),
  minLr: number('the lowest learning rate', { min: 0 }).default(0),
}

/**
 * Lowers the learning rate when a logged value no longer improves. Defaults: monitor "val_loss", factor 0.1, patience 10,
 * verbose 0, mode "auto", minDelta 1e-4, cooldown 0, minLr 0. Keras: https://keras.io/api/callbacks/reduce_lr_on_plateau/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function reduceLROnPlateau(args: Args<typeof plateauSchema> = {}): Callback {
  const options = resolve('reduceLROnPlateau', plateauSchema, args)
  const watched = { owner: 'reduceLROnPlateau', ...options }
  const { factor, patience, minDelta, cooldown, minLr } = options
  let best: number | null = null
  let wait = 0
  let cooling = 0

  function lower(epoch: number, { optimizer }: TrainedModel): void {
    if (optimizer.learningRate <= minLr) return
    const learningRate = Math.max(optimizer.learningRate * factor, minLr)
    optimizer.learningRate = learningRate
    cooling = cooldown
    wait = 0
    if (options.verbose)
      currentScreen().print(`Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${learningRate}.`)
  }

  return {
    moreLogs,
    getState: () => ({ owner: 'reduceLROnPlateau', values: { best, wait, cooling } }),
    setState({ values }) {
      best = values.best as number | null
      wait = Number(values.wait)
      cooling = Number(values.cooling)
    },
    onTrainBegin() {
      best = null
      wait = 0
      cooling = 0
    },
    onEpochEnd(epoch, logs, model) {
      const value = monitored(watched, logs)
      if (value === undefined) return
      if (cooling > 0) {
        cooling -= 1
        wait = 0
      }
      if (best === null || isBetter(watched, model, value, best, minDelta)) {
        best = value
        wait = 0
      } else if (cooling === 0) {
        wait += 1
        if (wait >= patience) lower(epoch, model)
      }
    },
  }
}

/**
 * Ends training, without an error, at the first batch whose loss is not finite; weights stay as they were before it.
 * Keras: https://keras.io/api/callbacks/terminate_on_nan/
 */
export function terminateOnNaN(): Callback {
  return {
    onBadLoss(batch, _, model) {
      currentScreen().print(`Batch ${batch}: Invalid loss, terminating training`)
      model.stopTraining = true
    },
  }
}

export const swapSchema = {
  swapOnEpoch: bool('whether an epoch also ends with averaged weights, for checkpoints for example').default(false),
}

/**
 * Validates with the running means of the weights that an optimizer with `useEma` keeps. Default: swapOnEpoch false.
 * Keras: https://keras.io/api/callbacks/swap_ema_weights/
 * @throws SeparableError (`argument`), as training begins, when the optimizer keeps none
 */
export function swapEMAWeights(args: Args<typeof swapSchema> = {}): Callback {
  const { swapOnEpoch } = resolve('swapEMAWeights', swapSchema, args)
  let averaged = false
  const swapTo = (wanted: boolean, { optimizer }: TrainedModel): void => {
    if (averaged === wanted) return
    if (!optimizer.swapAverages())
      throw new SeparableError('argument', 'swapEMAWeights: the optimizer must have useEma, received: false')
    averaged = wanted
  }
  return {
    getState: () => ({ owner: 'swapEMAWeights', values: { averaged } }),
    setState({ values }) {
      averaged = values.averaged === true
    },
    onEpochBegin: (_epoch, _logs, model) => swapTo(false, model),
    onTestBegin: (_logs, model) => swapTo(true, model),
    onTestEnd: (_logs, model) => swapTo(false, model),
    onEpochEnd: (_epoch, _logs, model) => swapTo(swapOnEpoch, model),
    onTrainEnd() {
      averaged = false // training ends with the means in place, swapped or not
    },
  }
}
