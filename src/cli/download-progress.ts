/** @file The progress of a download on a terminal: one line redrawn, or a line at each quarter. */
import type { DatasetOptions, DownloadProgress } from '../data/index.ts'
import { percent } from '../report/format.ts'
import type { Terminal } from './terminal.ts'

const REDRAW_MS = 100
const MIB = 2 ** 20

/** What a download says on a terminal. */
export function downloadTalk(terminal: Terminal): Pick<DatasetOptions, 'onProgress' | 'onWait'> {
  return {
    onProgress: downloadProgress(terminal),
    onWait: (lock) => terminal.print(terminal.wrap(`another process downloads it, waiting for its end (${lock})`)),
  }
}

function downloadProgress(terminal: Terminal): (progress: DownloadProgress) => void {
  let drawn = Number.NEGATIVE_INFINITY
  let quarter = 0
  return ({ file, receivedBytes, totalBytes }) => {
    const share = receivedBytes / totalBytes
    const line = `${file}: ${percent(share, 0)} of ${(totalBytes / MIB).toFixed(1)} MiB`
    const done = receivedBytes === totalBytes
    if (!terminal.interactive) {
      if (Math.floor(4 * share) > quarter) terminal.print(line)
      quarter = done ? 0 : Math.floor(4 * share)
    } else if (done || performance.now() - drawn > REDRAW_MS) {
      drawn = performance.now()
      terminal.draw(line)
      if (done) terminal.endDrawing()
    }
  }
}
