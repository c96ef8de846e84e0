/** @file Draws rows of text in a box with a heavy header, the look of Keras 3's summary. Shared by summary and table. */

/** A column; `width` counts the characters of its content, without the blank on either side. */
export interface BoxColumn {
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
}

/** The lines of the box. Cells wrap to the column's width; `rules` puts a line between any two rows. */
export function drawBox(
  columns: readonly BoxColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly rules: boolean },
): string[] {
  const rule = (left: string, dash: string, cross: string, right: string) =>
    left + columns.map(({ width }) => dash.repeat(width + 2)).join(cross) + right
  const body = rows.map((cells) => drawRow(columns, cells, '│'))
  const titles = columns.map(({ title }) => title)
  return [
    rule('┏', '━', '┳', '┓'),
    ...drawRow(columns, titles, '┃'),
    rule('┡', '━', '╇', '┩'),
    ...body.flatMap((lines, i) => (options.rules && i > 0 ? [rule('├', '─', '┼', '┤'), ...lines] : lines)),
    rule('└', '─', '┴', '┘'),
  ]
}

/** One row of cells as text lines; as many lines as the cell that wraps most. */
function drawRow(columns: readonly BoxColumn[], cells: readonly string[], bar: string): string[] {
  const wrapped = columns.map(({ width }, i) => wrap(cells[i] ?? '', width))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, y) => {
    const fields = columns.map(({ width, align }, i) => {
      const text = wrapped[i]?.[y] ?? ''
      return align === 'right' ? text.padStart(width) : text.padEnd(width)
    })
    return `${bar} ${fields.join(` ${bar} `)} ${bar}`
  })
}

/** Breaks at blanks; a word that is wider than the column is cut with an ellipsis, as Keras's printer does. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const joined = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined
    else lines.push(word)
  }
  return lines.map((line) => ellipsis(line, width))
}

/** The text, or as much of it as fits with `…` at its end. */
export function ellipsis(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text
}
