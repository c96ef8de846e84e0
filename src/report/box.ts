/** @file Draws rows of text in a box with a heavy header, the look of Keras 3's summary. Shared by summary and table. */

import { oneLine } from '../base/errors.ts'

/** A column; `width` counts the characters of its content, without the blank on either side. */
export interface BoxColumn {
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
}

interface BoxOptions {
  /** A line between any two rows. */
  readonly rules: boolean
  /** Words that are wider than their column go on in the next line. Default: they are cut, as Keras cuts them. */
  readonly breaksWords?: boolean
}

/** The lines of the box. Cells wrap to the column's width. */
export function drawBox(
  columns: readonly BoxColumn[],
  rows: readonly (readonly string[])[],
  options: BoxOptions,
): string[] {
  const rule = (left: string, dash: string, cross: string, right: string) =>
    left + columns.map(({ width }) => dash.repeat(width + 2)).join(cross) + right
  const body = rows.map((cells) => drawRow(columns, cells, '│', options))
  const titles = columns.map(({ title }) => title)
  return [
    rule('┏', '━', '┳', '┓'),
    ...drawRow(columns, titles, '┃', options),
    rule('┡', '━', '╇', '┩'),
    ...body.flatMap((lines, i) => (options.rules && i > 0 ? [rule('├', '─', '┼', '┤'), ...lines] : lines)),
    rule('└', '─', '┴', '┘'),
  ]
}

/** One row of cells as text lines; as many lines as the cell that wraps most. */
function drawRow(
  columns: readonly BoxColumn[],
  cells: readonly string[],
  bar: string,
  { breaksWords = false }: BoxOptions,
): string[] {
  const wrapped = columns.map(({ width }, i) => wrap(cells[i] ?? '', width, breaksWords))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, y) => {
    const fields = columns.map(({ width, align }, i) => {
      const text = wrapped[i]?.[y] ?? ''
      return align === 'right' ? text.padStart(width) : text.padEnd(width)
    })
    return `${bar} ${fields.join(` ${bar} `)} ${bar}`
  })
}

/** One line of text, broken at blanks; a word wider than the column is broken too, or cut with an ellipsis, as Keras does. */
function wrap(text: string, width: number, breaksWords: boolean): string[] {
  const lines: string[] = []
  for (const word of oneLine(text)
    .split(' ')
    .flatMap((word) => (breaksWords ? piecesOf(word, width) : word))) {
    const joined = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined
    else lines.push(word)
  }
  return lines.map((line) => ellipsis(line, width))
}

function piecesOf(word: string, width: number): string[] {
  if (word.length <= width) return [word]
  return [word.slice(0, width), ...piecesOf(word.slice(width), width)]
}

/** The text, or as much of it as fits with `…` at its end. */
export function ellipsis(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text
}
