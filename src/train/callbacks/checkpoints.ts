/** @file Callbacks that keep a model on disk while it is trained. */
import { received, SeparableError } from '../../base/errors.ts'
import { getPlatform } from '../../base/platform.ts'
import { type Args, bool, field, int, number, opaque, resolve, text } from '../../nn/schema.ts'
import { currentScreen } from '../environment.ts'
import type { Logs } from '../events.ts'
import type { Callback, TrainedModel } from './callback.ts'
import { isBetter, monitored, monitorSchema } from './monitor.ts'

export const saveFreq = field<'epoch' | number>({
  doc: 'when to save: after every epoch, or after so many batches',
  expects: '"epoch" or an integer >= 1',
  parse: (input) =>
    input === 'epoch' || (Number.isSafeInteger(input) && (input as number) >= 1) ? (input as number) : undefined,
}).default('epoch')

type Saver = (path: string, model: TrainedModel) => Promise<void>

export const checkpointSchema = {
  filepath: text('where to save; {epoch:02d}, {batch}, {val_loss:.2f} stand for what was logged'),
  ...monitorSchema,
  verbose: int('1 says when it saves', { min: 0, max: 1 }).default(0),
  saveBestOnly: bool('whether only what is better than all before is saved').default(false),
  saveWeightsOnly: bool('whether weights are saved without the model').default(false),
  saveFreq,
  initialValueThreshold: number('what the first value must be better than').orNull(),
  saver: opaque<Saver>(
    'saves instead of the model itself',
    'a function',
    (input) => typeof input === 'function',
  ).orNull(),
}

/**
 * Saves the model, or its weights, as it is trained. Paths end as `model.save` and `model.saveWeights` want them. The model
 * writes its file itself; where there are no files, a `saver` may keep what `toBlob` returns.
 * Defaults: monitor "val_loss", mode "auto", verbose 0, saveBestOnly false, saveWeightsOnly false, saveFreq "epoch",
 * initialValueThreshold null, saver null. Keras: https://keras.io/api/callbacks/model_checkpoint/
 * @throws SeparableError (`argument`) when an argument does not fit, or the path does not end as it must
 */
export function modelCheckpoint(args: Args<typeof checkpointSchema>): Callback {
  const options = resolve('modelCheckpoint', checkpointSchema, args)
  const watched = { owner: 'modelCheckpoint', ...options }
  const { filepath, saveBestOnly, saveWeightsOnly, saver } = options
  demandEnding(filepath, saveWeightsOnly, saver !== null)
  let best = options.initialValueThreshold
  let batches = 0
  let epochNow = 0

  async function save(epoch: number, batch: number, logs: Logs, model: TrainedModel): Promise<void> {
    const path = filled(filepath, { ...logs, epoch: epoch + 1, batch: batch + 1 })
    const say = (line: string) => options.verbose && currentScreen().print(`Epoch ${epoch + 1}: ${line}`)
    if (saveBestOnly) {
      const value = monitored(watched, logs)
      if (value === undefined) return
      if (best !== null && !isBetter(watched, model, value, best)) {
        say(`${options.monitor} did not improve from ${best.toFixed(5)}`)
        return
      }
      say(
        `${options.monitor} improved from ${best?.toFixed(5) ?? 'nothing'} to ${value.toFixed(5)}, saving model to ${path}`,
      )
      best = value
    } else say(`saving model to ${path}`)
    if (saver) await saver(path, model)
    else await write(path, (to) => (saveWeightsOnly ? model.saveWeights(to) : model.save(to)))
  }

  return {
    getState: () => ({ owner: 'modelCheckpoint', values: { best, batches, epochNow } }),
    setState({ values }) {
      best = values.best as number | null
      batches = Number(values.batches)
      epochNow = Number(values.epochNow)
    },
    onEpochBegin(epoch) {
      epochNow = epoch
    },
    ...(typeof options.saveFreq === 'number' && {
      async onBatchEnd(batch: number, logs: Logs, model: TrainedModel) {
        batches += 1
        if (batches % (options.saveFreq as number) === 0) await save(epochNow, batch, logs, model)
      },
    }),
    async onEpochEnd(epoch, logs, model) {
      if (options.saveFreq === 'epoch') await save(epoch, 0, logs, model)
    },
  }
}

function demandEnding(path: string, weightsOnly: boolean, anything: boolean): void {
  const endings = weightsOnly ? ['.weights.h5', '.safetensors', '.npz'] : ['.keras', '.h5']
  if (anything || endings.some((ending) => path.endsWith(ending))) return
  throw new SeparableError(
    'argument',
    `modelCheckpoint: filepath must end in ${endings.join(' or ')} when saveWeightsOnly is ${weightsOnly}, ${received(path)}`,
  )
}

async function write(path: string, action: (path: string) => Promise<void>): Promise<void> {
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'), 0))
  if (folder) await getPlatform().makeFolder(folder)
  await action(path)
}

/** Python's `format` as far as names of checkpoints need it: `{epoch:02d}`, `{val_loss:.2f}`, `{loss:.1e}`, `{acc}`. */
function filled(template: string, values: Logs): string {
  return template.replace(/\{(\w+)(?::([^{}]*))?\}/g, (_, name: string, format = '') => {
    if (!Object.hasOwn(values, name))
      throw new SeparableError(
        'argument',
        `modelCheckpoint: filepath names what is not logged (logged: ${Object.keys(values).join(', ')}), ${received(name)}`,
      )
    const value = values[name]
    const [, zero, width, digits, kind] = /^(0?)(\d*)(?:\.(\d+))?([dfe]?)$/.exec(format) ?? []
    if (width === undefined)
      throw new SeparableError('argument', `modelCheckpoint: filepath has an unknown format, ${received(format)}`)
    return shown(value, kind ?? '', digits).padStart(Number(width), zero ? '0' : ' ')
  })
}

function shown(value: number, kind: string, digits: string | undefined): string {
  if (kind === 'f') return value.toFixed(Number(digits ?? 6))
  if (kind === 'e') return value.toExponential(Number(digits ?? 6)).replace(/e([+-])(\d)$/, 'e$10$2')
  return String(value)
}
