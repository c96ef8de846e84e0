/**
 * @file Makes tables fit a terminal: columns give up what they do not need, then become narrower, their cells wrapping within
 * them, and then some are left out, in an order that the table says.
 */
import type { BoxColumn } from './box.ts'

/** What a cell of text is cut down to at the least, in characters. */
const LEAST_TEXT = 10

interface Fitted<Column> {
  readonly columns: readonly Column[]
  /** Those that remain, as positions in what was given. */
  readonly kept: readonly number[]
  /** Titles of those that do not. */
  readonly leftOut: readonly string[]
  /** Whether nothing had to give way. */
  readonly whole: boolean
}

/**
 * @param available characters of a line
 * @param order positions of columns that may be left out, the first one first; default: from the last to the third
 */
export function fitColumns<Column extends BoxColumn>(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
  order: readonly number[] = columns
    .map((_, i) => i)
    .slice(2)
    .reverse(),
): Fitted<Column> {
  const all = columns.map((_, i) => i)
  if (lineOf(columns) <= available) return { columns, kept: all, leftOut: [], whole: true }
  for (let dropped = 0; ; dropped++) {
    const gone = order.slice(0, dropped)
    const kept = all.filter((i) => !gone.includes(i))
    const chosen = kept.map((i) => columns[i])
    const cells = rows.map((row) => kept.map((i) => row[i] ?? ''))
    const widths = narrowed(chosen, cells, available)
    if (lineOf(widths.map((width) => ({ width }))) > available && dropped < order.length) continue
    const leftOut = all.filter((i) => gone.includes(i)).map((i) => columns[i].title)
    return { columns: chosen.map((column, i) => ({ ...column, width: widths[i] })), kept, leftOut, whole: false }
  }
}

/** Characters of a line of the box. */
function lineOf(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + 3, 1)
}

/** Widths that fit, or the least that there may be. Whoever is widest gives way first. */
function narrowed(columns: readonly BoxColumn[], rows: readonly (readonly string[])[], available: number): number[] {
  const cellsOf = (i: number) => rows.map((row) => row[i])
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const wordsOf = (texts: readonly string[]) => texts.flatMap((text) => text.split(' '))
  const widths = columns.map(({ title, width }, i) => Math.min(width, longest([title, ...cellsOf(i)])))
  const least = columns.map(({ title, align }, i) => {
    if (align === 'right') return longest([...wordsOf([title]), ...cellsOf(i)]) // numbers are not cut
    return Math.min(LEAST_TEXT, longest(wordsOf([title, ...cellsOf(i)])))
  })
  while (lineOf(widths.map((width) => ({ width }))) > available) {
    const spare = widths.map((width, i) => (width > least[i] ? width : 0))
    const widest = spare.indexOf(Math.max(...spare))
    if (spare[widest] === 0) break
    widths[widest] -= 1
  }
  return widths
}

/** What was left out, as lines below the table; none when nothing was. */
export function leftOutLines(leftOut: readonly string[], available: number): string[] {
  if (leftOut.length === 0) return []
  const lines = [' Left out to fit:']
  for (const [i, title] of leftOut.entries()) {
    const word = i < leftOut.length - 1 ? `${title},` : title
    const joined = `${lines.at(-1)} ${word}`
    if (joined.length <= available) lines[lines.length - 1] = joined
    else lines.push(` ${word}`)
  }
  return lines
}
