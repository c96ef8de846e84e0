/** @file Turns measurements into the rows of `--json` and into a table for people. */
import { OWN_SYSTEM } from './contestants.mjs'
import { flopsOf } from './networks.mjs'

/**
 * @typedef {import('./measure.mjs').Entry} Entry
 * @typedef {{
 *   model: string, system: string, task: 'step' | 'infer', batch: number, threads: number, msMedian: number, msMin: number,
 *   gflops: number, peakShare: number | null, ratio: number | null, othersShare: number | null
 * }} Row `peakShare` is of the machine's measured 128-bit peak on so many threads, which native code may exceed;
 *   `ratio` is this engine's time by that of the row, below 1 where this engine is faster, and null in its own rows;
 *   `othersShare` is the share of all cores that other programs took while this engine was timed, null in rows of peers
 */

/**
 * @param {Entry[]} entries
 * @param {Map<number, number | null>} peaks GFLOP/s by number of threads
 * @returns {Row[]}
 */
export function toRows(entries, peaks) {
  const rows = entries.map(({ what: { model, task, batch, threads }, system, ms, others = [] }) => {
    const msMedian = median(ms)
    const gflops = flopsOf(model, task, batch) / msMedian / 1e6
    const peak = peaks.get(threads) ?? null
    const peakShare = peak === null ? null : gflops / peak
    const othersShare = others.length > 0 ? median(others) : null
    const times = { msMedian, msMin: Math.min(...ms), gflops, peakShare, othersShare }
    return { model, system: system.name, task, batch, threads, ...times }
  })
  return rows.map((row) => {
    const own = rows.find((other) => other.system === OWN_SYSTEM && caseOf(other) === caseOf(row))
    return { ...row, ratio: own && own !== row ? own.msMedian / row.msMedian : null }
  })
}

/** Above it, times say more of what else ran. */
const DISTURBED = 0.1

/**
 * A line for each case that was timed while other programs took much of the processor.
 * @param {Row[]} rows
 */
export function formatDisturbed(rows) {
  return rows.flatMap(({ model, task, batch, threads, othersShare }) => {
    if (othersShare === null || othersShare < DISTURBED) return []
    const share = `${Math.round(100 * othersShare)} %`
    return [
      `disturbed: other programs took ${share} of all cores during ${model} ${task} ${batch} on ${threads} threads`,
    ]
  })
}

/** @param {number[]} values not empty */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = /** @type {number} */ (sorted[middle])
  return sorted.length % 2 === 1 ? upper : /** @type {number} */ (sorted[middle - 1] + upper) / 2
}

/** @param {Row[]} rows grouped by case */
export function formatTable(rows) {
  const header = ['model', 'task', 'threads', 'system', 'ms', '(min)', 'GFLOP/s', 'of peak', 'ours / it']
  const cells = rows.map((row) => [
    row.model,
    row.task === 'step' ? `step ${row.batch}` : `infer ${row.batch}`,
    String(row.threads),
    row.system,
    digits(row.msMedian),
    digits(row.msMin),
    row.gflops.toFixed(1),
    row.peakShare === null ? '-' : `${Math.round(100 * row.peakShare)} %`,
    row.ratio === null ? '-' : row.ratio.toFixed(2),
  ])
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  )
  const lines = [header, ...cells].map((line) =>
    line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '),
  )
  const groups = rows.map((row, i) => (i > 0 && caseOf(row) !== caseOf(/** @type {Row} */ (rows[i - 1])) ? '\n' : ''))
  return lines.map((line, i) => (groups[i - 1] ?? '') + line.trimEnd()).join('\n')
}

/**
 * How much faster this engine is on more threads than on one, one line for each case.
 * @param {Row[]} rows
 */
export function formatScaling(rows) {
  const own = rows.filter(({ system }) => system === OWN_SYSTEM)
  return own.flatMap((row) => {
    const single = own.find(
      (other) => other.threads === 1 && caseOf({ ...other, threads: row.threads }) === caseOf(row),
    )
    if (!single || row.threads === 1) return []
    const speedup = (single.msMedian / row.msMedian).toFixed(2)
    return [`${row.model} ${row.task} ${row.batch}: ${speedup} times as fast on ${row.threads} threads as on 1`]
  })
}

/** @param {Pick<Row, 'model' | 'task' | 'batch' | 'threads'>} row */
function caseOf({ model, task, batch, threads }) {
  return [model, task, batch, threads].join(' ')
}

/** @param {string} cell @param {number} width @param {number} column the first columns are words, the rest numbers */
function pad(cell, width, column) {
  return column < 4 ? cell.padEnd(width) : cell.padStart(width)
}

/** Three significant digits or more. @param {number} ms */
function digits(ms) {
  return ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)
}
