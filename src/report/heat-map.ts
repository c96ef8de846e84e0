/** @file A confusion matrix as a heat map: a row for each true class, a column for each predicted one. */
import { received, SeparableError } from '../base/errors.ts'
import { ellipsis } from './box.ts'
import { type Drawing, paint } from './drawing.ts'
import { percent, thousands } from './format.ts'
import { type Markup, markup } from './markup.ts'

/** `counts[true][predicted]`, square, with one name per class. */
export interface ConfusionMatrix {
  readonly title: string
  readonly classNames: readonly string[]
  readonly counts: readonly (readonly number[])[]
  /** Index into the palette. */
  readonly color: number
}

const WIDTH = 520
const LABELS = 108
/** The slanted class names lean over the last column. */
const OVERHANG = 34
const LABEL_CHARACTERS = 14
const TOP = 120
const SMALLEST_CELL_WITH_TEXT = 22
const SMALLEST_CELL_WITH_LARGE_TEXT = 34
const MOST_LABELS = 40
/** Below 1, so that rare confusions can be seen at all. */
const VISIBILITY = 0.6
/** From this opacity on, text in the colour of the background reads better. */
const INVERSE_FROM = 0.75

/**
 * Draws the matrix; a cell is the stronger the larger its share of the row, empty cells stay blank.
 * @throws SeparableError (`shape`) when the matrix is not square or the names do not fit it
 */
export function confusionHeatMap(matrix: ConfusionMatrix): Drawing {
  const { title, classNames, counts } = matrix
  const size = classNames.length
  if (size === 0 || counts.length !== size || counts.some((row) => row.length !== size))
    throw new SeparableError(
      'shape',
      `confusionHeatMap: ${size} class names need ${size} rows of ${size} counts, ${received(counts.map((row) => row.length))}`,
    )
  const cell = (WIDTH - LABELS - OVERHANG) / size
  const body = markup`<text class="title" x="0" y="16">${title}</text>
<text class="muted small" x="0" y="34">rows: true class, columns: predicted class</text>
${size <= MOST_LABELS && classNames.map((name, i) => classLabels(name, i, cell))}
${counts.map((_, truth) => drawRow(matrix, truth, cell))}
<rect class="axis" fill="none" x="${LABELS}" y="${TOP}" width="${cell * size}" height="${cell * size}"/>
`
  const right = sum(counts.map((row, i) => row[i] as number))
  const label = `${title}: ${thousands(right)} of ${thousands(sum(counts.flat()))} right`
  return { width: WIDTH, height: TOP + cell * size + 2, label, body }
}

function drawRow({ classNames, counts, color }: ConfusionMatrix, truth: number, cell: number): Markup[] {
  const row = counts[truth] as readonly number[]
  const total = sum(row)
  return row.flatMap((count, predicted) => {
    if (!(count > 0)) return []
    const [x, y] = [LABELS + predicted * cell, TOP + truth * cell]
    const opacity = (count / total) ** VISIBILITY
    const note = `${classNames[truth]} taken for ${classNames[predicted]}: ${thousands(count)} (${percent(count / total)})`
    const style = `middle${cell < SMALLEST_CELL_WITH_LARGE_TEXT ? ' small' : ''}${opacity > INVERSE_FROM ? ' inverse' : ''}`
    return markup`<g><title>${note}</title><rect class="${paint('fill', color)}" fill-opacity="${opacity}" x="${x}" y="${y}" width="${cell}" height="${cell}"/>
${cell >= SMALLEST_CELL_WITH_TEXT && markup`<text class="${style}" x="${x + cell / 2}" y="${y + cell / 2 + 4}">${count}</text>`}</g>
`
  })
}

function classLabels(name: string, index: number, cell: number): Markup {
  const [middle, text] = [(index + 0.5) * cell, ellipsis(name, LABEL_CHARACTERS)]
  return markup`<text class="small end" x="${LABELS - 8}" y="${TOP + middle + 4}">${text}</text>
<text class="small" transform="translate(${LABELS + middle + 4} ${TOP - 8}) rotate(-50)">${text}</text>
`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
