/** @file Writes what is logged as a table. */
import { getPlatform } from '../../base/platform.ts'
import { type Args, bool, resolve, text } from '../../nn/schema.ts'
import type { Callback } from './callback.ts'

const schema = {
  filename: text('the file to write'),
  separator: text('what stands between two values').default(','),
  append: bool('whether rows are added to what the file holds').default(false),
}

/**
 * Writes a row for every epoch, with a header: the epoch, counting from 0, and what was logged, in alphabetical order; NA
 * where an epoch lacks a value. Defaults: separator ",", append false. Keras: https://keras.io/api/callbacks/csv_logger/
 * @throws SeparableError `io` when the file cannot be written, `unsupported` in a browser
 */
export function csvLogger(args: Args<typeof schema>): Callback {
  const { filename, separator, append } = resolve('csvLogger', schema, args)
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  let columns: readonly string[] | undefined
  let wantsHeader = true

  const row = (cells: readonly (string | number)[]) => {
    const line = cells.map((cell) => quoted(String(cell), separator)).join(separator)
    return writer?.write(new TextEncoder().encode(`${line}\r\n`))
  }
  return {
    async onTrainBegin() {
      const platform = getPlatform()
      columns = undefined
      if (!append) await platform.remove(filename)
      wantsHeader = !(await platform.fileSize(filename))
      writer = platform.appendStream(filename).getWriter()
    },
    async onEpochEnd(epoch, logs) {
      if (!columns) {
        columns = Object.keys(logs).sort()
        if (wantsHeader) await row(['epoch', ...columns])
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
