/** @file Writes what is logged as a table. */
import { getPlatform } from '../../base/platform.ts'
import { type Args, bool, resolve, text } from '../../nn/schema.ts'
import type { Callback } from './callback.ts'

export const csvLoggerSchema = {
  filename: text('the file to write'),
  separator: text('what stands between two values').default(','),
  append: bool('whether rows are added to what the file holds').default(false),
}

/**
 * Writes a row for every epoch, with a header: the epoch, counting from 0, and what was logged, in alphabetical order; NA
 * where an epoch lacks a value. In a run that `backupAndRestore` takes up again the file goes on, too.
 * Defaults: separator ",", append false. Keras: https://keras.io/api/callbacks/csv_logger/
 * @throws SeparableError `io` when the file cannot be written, `unsupported` in a browser
 */
export function csvLogger(args: Args<typeof csvLoggerSchema>): Callback {
  const { filename, separator, append } = resolve('csvLogger', csvLoggerSchema, args)
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  let columns: readonly string[] | null = null
  /** Bytes that the file held before, and what was written since. */
  let before = 0
  let written = ''

  const row = (cells: readonly (string | number)[]) => {
    const line = `${cells.map((cell) => quoted(String(cell), separator)).join(separator)}\r\n`
    written += line
    return writer?.write(new TextEncoder().encode(line))
  }
  /** Opens the file to go on behind what it held before and `written`, whatever else an interruption has left in it. */
  async function open(): Promise<void> {
    const platform = getPlatform()
    await writer?.close()
    const size = await platform.fileSize(filename)
    const kept = before > 0 && size !== undefined ? (await platform.readFile(filename)).subarray(0, before) : []
    await platform.writeFileAtomic(filename, Uint8Array.from([...kept, ...new TextEncoder().encode(written)]))
    writer = platform.appendStream(filename).getWriter()
  }

  return {
    getState: () => ({ owner: 'csvLogger', values: { columns, before, written } }),
    async setState({ values }) {
      columns = values.columns as readonly string[] | null
      before = Number(values.before)
      written = String(values.written)
      await open()
    },
    async onTrainBegin() {
      columns = null
      before = append ? ((await getPlatform().fileSize(filename)) ?? 0) : 0
      written = ''
      await open()
    },
    async onEpochEnd(epoch, logs) {
      if (!columns) {
        columns = Object.keys(logs).sort()
        if (before === 0) await row(['epoch', ...columns])
      }
      await row([epoch, ...columns.map((name) => logs[name] ?? 'NA')])
    },
    async onTrainEnd() {
      await writer?.close()
      writer = undefined
    },
  }
}

/** As in RFC 4180. */
function quoted(cell: string, separator: string): string {
  return cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
