/** @file The callbacks that come with the library, by name: what users write after `callbacks.` */
import { received, SeparableError } from '../../base/errors.ts'
import { suggest } from '../../nn/names.ts'
import { withSchema } from '../../nn/schema.ts'
import { backupAndRestore, backupSchema } from './backup.ts'
import { CALLBACK_FUNCTIONS, type Callback } from './callback.ts'
import { checkpointSchema, modelCheckpoint } from './checkpoints.ts'
import { csvLogger, csvLoggerSchema } from './csv-logger.ts'
import { earlyStopping, earlyStoppingSchema } from './early-stopping.ts'
import {
  learningRateScheduler,
  plateauSchema,
  reduceLROnPlateau,
  schedulerSchema,
  swapEMAWeights,
  swapSchema,
  terminateOnNaN,
} from './learning-rate.ts'
import { tensorBoard, tensorBoardSchema } from './tensor-board.ts'

export {
  type Callback,
  type CallbackState,
  checkCallbacks,
  notify,
  type RunAtRest,
  type TrainedModel,
} from './callback.ts'

/**
 * A callback of your own functions. Any object with such functions is one; this checks their names.
 * @throws SeparableError (`argument`) when something is no function of a callback
 */
function lambdaCallback(functions: Callback): Callback {
  if (typeof functions !== 'object' || functions === null)
    throw new SeparableError('argument', `lambdaCallback: functions go into one object, ${received(functions)}`)
  for (const [name, value] of Object.entries(functions))
    if (!(CALLBACK_FUNCTIONS as readonly string[]).includes(name) || typeof value !== 'function')
      throw new SeparableError(
        'argument',
        `lambdaCallback: no function of a callback${suggest(name, CALLBACK_FUNCTIONS)} (known: ${CALLBACK_FUNCTIONS.join(', ')}), ${received(name)}`,
      )
  return functions
}

/** Callbacks that come with the library. */
export const callbacks = {
  backupAndRestore: withSchema(backupSchema, backupAndRestore),
  csvLogger: withSchema(csvLoggerSchema, csvLogger),
  earlyStopping: withSchema(earlyStoppingSchema, earlyStopping),
  lambdaCallback: withSchema({}, lambdaCallback),
  learningRateScheduler: withSchema(schedulerSchema, learningRateScheduler),
  modelCheckpoint: withSchema(checkpointSchema, modelCheckpoint),
  reduceLROnPlateau: withSchema(plateauSchema, reduceLROnPlateau),
  swapEMAWeights: withSchema(swapSchema, swapEMAWeights),
  tensorBoard: withSchema(tensorBoardSchema, tensorBoard),
  terminateOnNaN: withSchema({}, terminateOnNaN),
}
