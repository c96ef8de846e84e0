/** @file A small table of text cells, rendered for the terminal, as HTML or as Markdown. */
import { drawBox } from './box.ts'
import { fitColumns, leftOutLines } from './fit.ts'
import { MISSING } from './format.ts'
import { type Markup, markup } from './markup.ts'

/** Cells hold finished text; the first column names the rows. A column of numbers is aligned right by itself. */
export interface Table {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * The table in box glyphs, ending in a newline; the caption is left out.
 * @param available characters of a line; default: any number
 */
export function renderText(table: Table, available = Number.POSITIVE_INFINITY): string {
  const columns = table.columns.map((title, i) => ({
    title,
    width: Math.max(title.length, ...table.rows.map((row) => row[i]?.length ?? 0)),
    align: alignment(table, i),
  }))
  const fitted = fitColumns(columns, table.rows, available)
  const rows = table.rows.map((row) => fitted.kept.map((i) => row[i] ?? ''))
  const box = drawBox(fitted.columns, rows, { rules: false, breaksWords: !fitted.whole })
  return `${[...box, ...leftOutLines(fitted.leftOut, available)].join('\n')}\n`
}

/** The table in GitHub's Markdown, ending in a newline; the caption is left out. */
export function renderMarkdown(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`
  const rule = table.columns.map((_, i) => (alignment(table, i) === 'right' ? '---:' : '---'))
  return `${[line(table.columns), `| ${rule.join(' | ')} |`, ...table.rows.map(line)].join('\n')}\n`
}

/** A `<table>` with caption and header cells; cells of numbers have the class `number`. */
export function renderHtml(table: Table): Markup {
  const kind = table.columns.map((_, i) => (alignment(table, i) === 'right' ? 'number' : 'text'))
  const head = table.columns.map((title, i) => markup`<th scope="col" class="${kind[i]}">${title}</th>`)
  const rows = table.rows.map(([name = '', ...cells]) => {
    const data = cells.map((cell, i) => markup`<td class="${kind[i + 1]}">${cell}</td>`)
    return markup`<tr><th scope="row" class="${kind[0]}">${name}</th>${data}</tr>\n`
  })
  return markup`<table>
<caption>${table.caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody>
</table>
`
}

function alignment(table: Table, column: number): 'left' | 'right' {
  const cells = table.rows.map((row) => row[column] ?? '').filter((cell) => cell !== '')
  return cells.length > 0 && cells.every((cell) => cell === MISSING || /^[-+\u2212]?\d/.test(cell)) ? 'right' : 'left'
}

const escapeCell = (cell: string) => cell.replace(/[\\|<>*_`[\]]/g, '\\$&').replace(/\s*\n\s*/g, ' ')
