/** @file Writes what is logged for TensorBoard. */
import { getPlatform } from '../../base/platform.ts'
import { eventFileHeader, histogramOf, type SummaryValue, summaryEvent } from '../../formats/tfevents.ts'
import { type Args, field, int, resolve, text } from '../../nn/schema.ts'
import type { Logs } from '../events.ts'
import type { Callback, TrainedModel } from './callback.ts'

export const tensorBoardSchema = {
  logDir: text('the folder that TensorBoard is started with').default('logs'),
  histogramFreq: int('epochs after which the values of all weights are written as histograms; 0 never', {
    min: 0,
  }).default(0),
  updateFreq: field<'epoch' | 'batch' | number>({
    doc: 'whether values are written also in between: after every batch, or after so many',
    expects: '"epoch", "batch" or an integer >= 1',
    parse: (input) =>
      input === 'epoch' || input === 'batch' || (Number.isSafeInteger(input) && (input as number) >= 1)
        ? (input as number)
        : undefined,
  }).default('epoch'),
}

const now = (): number => Date.now() / 1000

let files = 0

/** An event file that is made when there is something to write. */
class EventFile {
  readonly #folder: string
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  async write(step: number, values: readonly SummaryValue[]): Promise<void> {
    if (values.length === 0) return
    this.#writer ??= await this.#open()
    await this.#writer.write(summaryEvent(now(), step, values))
  }

  async close(): Promise<void> {
    await this.#writer?.close()
    this.#writer = undefined
  }

  async #open(): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const platform = getPlatform()
    await platform.makeFolder(this.#folder)
    const name = `events.out.tfevents.${Math.floor(now())}.separable.${files++}.v2`
    const writer = platform.appendStream(`${this.#folder}/${name}`).getWriter()
    await writer.write(eventFileHeader(now()))
    return writer
  }
}

function values(prefix: string, logs: Logs): SummaryValue[] {
  return Object.entries(logs).map(([name, value]) => ({ tag: `${prefix}_${name}`, value }))
}

/** Those with the prefix `val_`, without it, or the others. */
function part(logs: Logs, validation: boolean): Logs {
  const entries = Object.entries(logs).filter(([name]) => name.startsWith('val_') === validation)
  return Object.fromEntries(entries.map(([name, value]) => [validation ? name.slice(4) : name, value]))
}

/**
 * Writes losses and metrics of every epoch, and the learning rate, to `logDir/train`, those of the validation to
 * `logDir/validation`, where `tensorboard --logdir logs` shows them. Defaults: logDir "logs", histogramFreq 0, updateFreq
 * "epoch". Graphs and profiles are not written. Keras: https://keras.io/api/callbacks/tensorboard/
 * @throws SeparableError `io` when files cannot be written, `unsupported` in a browser
 */
export function tensorBoard(args: Args<typeof tensorBoardSchema> = {}): Callback {
  const { logDir, histogramFreq, updateFreq } = resolve('tensorBoard', tensorBoardSchema, args)
  const [train, validation] = ['train', 'validation'].map((name) => new EventFile(`${logDir}/${name}`))
  const every = updateFreq === 'batch' ? 1 : updateFreq

  const histograms = ({ namedWeights }: TrainedModel): SummaryValue[] =>
    [...namedWeights].map(([path, weight]) => ({
      tag: `${path}/histogram`,
      histogram: histogramOf(weight.read()),
    }))

  return {
    ...(typeof every === 'number' && {
      async onBatchEnd(_: number, logs: Logs, { optimizer }: TrainedModel) {
        if (optimizer.iterations % every === 0) await train.write(optimizer.iterations, values('batch', logs))
      },
    }),
    async onEpochEnd(epoch, logs, model) {
      const rate = { learning_rate: model.optimizer.learningRate }
      await train.write(epoch, values('epoch', { ...part(logs, false), ...rate }))
      await validation.write(epoch, values('epoch', part(logs, true)))
      if (histogramFreq > 0 && epoch % histogramFreq === 0) await train.write(epoch, histograms(model))
    },
    async onTrainEnd() {
      await train.close()
      await validation.close()
    },
  }
}
