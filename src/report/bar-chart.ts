/** @file Horizontal bars in groups, such as the cost of each layer in two networks side by side. */
import { ellipsis } from './box.ts'
import { type Drawing, linearScale, paint } from './drawing.ts'
import { short } from './format.ts'
import { type Markup, markup } from './markup.ts'

/** One bar; `color` is an index into the palette. A value that is not finite or negative counts as 0. */
export interface Bar {
  readonly label: string
  readonly color: number
  readonly value: number
}

/** What a bar chart shows; bars of one group stand close together. */
export interface BarChart {
  readonly title: string
  readonly legend: readonly { readonly name: string; readonly color: number }[]
  readonly groups: readonly (readonly Bar[])[]
}

const WIDTH = 520
const LABELS = 178
const VALUES = 62
const LABEL_CHARACTERS = 24
const FIRST_BAR = 58
const BAR = 15
const BAR_PITCH = 18
const GROUP_GAP = 8

/** Draws the chart; values carry a short number such as `37.7 M`. */
export function barChart({ title, legend, groups }: BarChart): Drawing {
  const largest = Math.max(0, ...groups.flat().map(size))
  const length = linearScale([0, Math.max(largest, Number.MIN_VALUE)], [0, WIDTH - LABELS - VALUES])
  let top = FIRST_BAR
  const bars = groups.map((group) => {
    const drawn = group.map((bar, i) => drawBar(bar, length(size(bar)), top + i * BAR_PITCH))
    top += group.length * BAR_PITCH + GROUP_GAP
    return drawn
  })
  const body = markup`<text class="title" x="0" y="16">${title}</text>
${legend.map((entry, i) => legendEntry(entry, i * (WIDTH / Math.max(2, legend.length))))}
${bars}<line class="axis" x1="${LABELS}" x2="${LABELS}" y1="${FIRST_BAR - 4}" y2="${top - 4}"/>
`
  return { width: WIDTH, height: top, label: `${title}, ${legend.map(({ name }) => name).join(' and ')}`, body }
}

function size({ value }: Bar): number {
  return Number.isFinite(value) ? Math.max(value, 0) : 0
}

function drawBar({ label, color, value }: Bar, length: number, top: number): Markup {
  const baseline = top + BAR - 3.5
  return markup`<text class="end" x="${LABELS - 8}" y="${baseline}">${ellipsis(label, LABEL_CHARACTERS)}</text>
<rect class="${paint('fill', color)}" x="${LABELS}" y="${top}" width="${length}" height="${BAR}"><title>${label}: ${short(value)}</title></rect>
<text class="muted" x="${LABELS + length + 6}" y="${baseline}">${short(value)}</text>
`
}

function legendEntry({ name, color }: BarChart['legend'][number], x: number): Markup {
  return markup`<rect class="${paint('fill', color)}" x="${x}" y="31" width="12" height="12"/>
<text x="${x + 19}" y="42">${name}</text>
`
}
