/** @file A line chart of several series, such as the learning curves of two networks. */
import { type Drawing, linearScale, niceTicks, paint, type Ticks } from './drawing.ts'
import { decimals } from './format.ts'
import { type Markup, markup } from './markup.ts'

/** One line; points that are not finite leave a gap. */
export interface LineSeries {
  readonly name: string
  /** Index into the palette. */
  readonly color: number
  /** Default false. */
  readonly dashed?: boolean
  readonly points: readonly Point[]
}

export type Point = readonly [x: number, y: number]

/** What a line chart shows. */
export interface LineChart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** The least distance of two ticks of the x axis, 1 where only whole numbers make sense. Default 0. */
  readonly leastXStep?: number
  readonly series: readonly LineSeries[]
}

interface Frame {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly xTicks: Ticks
  readonly yTicks: Ticks
  readonly bottom: number
}

const WIDTH = 520
const PLOT_HEIGHT = 230
const LEFT = 48
const RIGHT = WIDTH - 14
const LEGEND_TOP = 42
const LEGEND_ROW = 19
const LEGEND_COLUMNS = 2

/** Draws the chart; without a single finite point it says so. */
export function lineChart(chart: LineChart): Drawing {
  const points = chart.series.flatMap((series) => series.points.filter(isFinitePoint))
  const top = LEGEND_TOP + LEGEND_ROW * Math.ceil(chart.series.length / LEGEND_COLUMNS)
  const bottom = top + PLOT_HEIGHT
  const frame = points.length > 0 ? makeFrame(points, top, bottom, chart.leastXStep ?? 0) : undefined
  const body = markup`<text class="title" x="0" y="16">${chart.title}</text>
${chart.series.map(legendEntry)}
${frame ? [axes(frame, chart), chart.series.map((series) => drawSeries(series, chart, frame))] : emptyNote(top)}`
  return { width: WIDTH, height: bottom + 42, label: describe(chart), body }
}

function isFinitePoint([x, y]: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}

function makeFrame(points: readonly Point[], top: number, bottom: number, leastXStep: number): Frame {
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  const [left, right] = [Math.min(...xs), Math.max(...xs)]
  const around = niceTicks(left, right, 8, leastXStep)
  const xTicks = { ...around, values: around.values.filter((value) => value >= left && value <= right) }
  const yTicks = niceTicks(Math.min(...ys), Math.max(...ys), 5)
  return {
    x: linearScale([left, right], [LEFT + 8, RIGHT - 8]),
    y: linearScale([yTicks.values[0] as number, yTicks.values.at(-1) as number], [bottom, top]),
    xTicks,
    yTicks,
    bottom,
  }
}

function axes({ x, y, xTicks, yTicks, bottom }: Frame, { xLabel, yLabel }: LineChart): Markup {
  const rows = yTicks.values.map(
    (value) => markup`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y(value)}" y2="${y(value)}"/>
<text class="muted end" x="${LEFT - 8}" y="${y(value) + 4}">${decimals(value, yTicks.digits)}</text>
`,
  )
  const columns = xTicks.values.map(
    (value) => markup`<line class="axis" x1="${x(value)}" x2="${x(value)}" y1="${bottom}" y2="${bottom + 5}"/>
<text class="muted middle" x="${x(value)}" y="${bottom + 19}">${decimals(value, xTicks.digits)}</text>
`,
  )
  return markup`${rows}<line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${bottom}" y2="${bottom}"/>
${columns}<text class="muted middle" x="${(LEFT + RIGHT) / 2}" y="${bottom + 37}">${xLabel}</text>
<text class="muted end" x="${RIGHT}" y="16">${yLabel}</text>
`
}

function legendEntry({ name, color, dashed }: LineSeries, i: number): Markup {
  const x = (i % LEGEND_COLUMNS) * (WIDTH / LEGEND_COLUMNS)
  const y = LEGEND_TOP + LEGEND_ROW * Math.floor(i / LEGEND_COLUMNS)
  return markup`<line class="${lineClass(color, dashed)}" x1="${x + 2}" x2="${x + 30}" y1="${y - 4}" y2="${y - 4}"/>
<text x="${x + 38}" y="${y}">${name}</text>
`
}

function drawSeries({ name, color, dashed, points }: LineSeries, chart: LineChart, { x, y, yTicks }: Frame): Markup {
  const path = points.map((point, i) => {
    if (!isFinitePoint(point)) return ''
    const previous = points[i - 1]
    return `${previous && isFinitePoint(previous) ? 'L' : 'M'}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`
  })
  const dots = points.filter(isFinitePoint).map(([atX, atY]) => {
    const note = `${name}: ${decimals(atY, yTicks.digits + 2)} at ${chart.xLabel} ${decimals(atX, chart.leastXStep ? 0 : 1)}`
    return markup`<circle class="${paint('fill', color)}" cx="${x(atX)}" cy="${y(atY)}" r="3"><title>${note}</title></circle>`
  })
  return markup`<path class="${lineClass(color, dashed)}" d="${path.join('')}"/>
${dots}
`
}

function lineClass(color: number, dashed = false): string {
  return `line ${paint('stroke', color)}${dashed ? ' dashed' : ''}`
}

function emptyNote(top: number): Markup {
  return markup`<text class="muted middle" x="${WIDTH / 2}" y="${top + PLOT_HEIGHT / 2}">nothing was measured yet</text>`
}

function describe({ title, yLabel, xLabel, series }: LineChart): string {
  return `${title}: ${yLabel} by ${xLabel} of ${series.map(({ name }) => name).join('; ')}`
}
