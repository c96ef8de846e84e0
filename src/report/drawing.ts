/**
 * @file What all charts share: the drawing they return, its two outputs (inside a page, or as an SVG file), their colours
 * in light and dark, and the ticks of an axis.
 */
import { Markup, markup } from './markup.ts'

/** A finished chart; sizes in SVG user units. */
export interface Drawing {
  readonly width: number
  readonly height: number
  /** Read aloud in place of the picture. */
  readonly label: string
  readonly body: Markup
}

/** The drawing as an element of a page that holds `CHART_CSS`. */
export function inlineSvg({ width, height, label, body }: Drawing): Markup {
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${body}</svg>`
}

/** The drawing as a file of its own, with a background and a margin. */
export function svgFile({ width, height, label, body }: Drawing): string {
  const [outerWidth, outerHeight] = [width + 2 * FILE_MARGIN, height + 2 * FILE_MARGIN]
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="${label}"
 width="${outerWidth}" height="${outerHeight}" viewBox="${-FILE_MARGIN} ${-FILE_MARGIN} ${outerWidth} ${outerHeight}">
<style>${CHART_CSS}</style>
<rect class="surface" x="${-FILE_MARGIN}" y="${-FILE_MARGIN}" width="${outerWidth}" height="${outerHeight}"/>
${body}</svg>
`.source
}

const FILE_MARGIN = 16

/** The colours of a theme. The series follow Okabe and Ito's palette, which colour-blind readers can tell apart. */
export interface Theme {
  readonly surface: string
  readonly ink: string
  readonly muted: string
  readonly grid: string
  readonly series: readonly string[]
}

export const LIGHT: Theme = {
  surface: '#ffffff',
  ink: '#1b1f24',
  muted: '#57606a',
  grid: '#dde2e7',
  series: ['#0072b2', '#d55e00', '#00805c', '#a8528a', '#7a5c00', '#4a4a9c'],
}

export const DARK: Theme = {
  surface: '#171b21',
  ink: '#e6eaef',
  muted: '#9aa5b1',
  grid: '#343b44',
  series: ['#56b4e9', '#f5923e', '#2dc79a', '#e08fc4', '#e6c84f', '#a5a3f5'],
}

// Plain classes instead of CSS variables: programs that turn SVG into other formats know no variables.
function themeRules({ surface, ink, muted, grid, series }: Theme): string {
  const colors = series.map((color, i) => `.chart .stroke${i}{stroke:${color}}.chart .fill${i}{fill:${color}}`)
  return `.chart .surface{fill:${surface}}.chart text{fill:${ink}}.chart text.muted{fill:${muted}}
.chart text.inverse{fill:${surface}}.chart .grid{stroke:${grid}}.chart .axis{stroke:${muted}}
${colors.join('\n')}`
}

/** The style sheet of all charts. */
export const CHART_CSS = new Markup(`
.chart{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.chart .title{font-size:15px;font-weight:600}.chart .small{font-size:11px}
.chart .middle{text-anchor:middle}.chart .end{text-anchor:end}
.chart .line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}.chart .dashed{stroke-dasharray:2 5}
${themeRules(LIGHT)}
@media (prefers-color-scheme:dark){
${themeRules(DARK)}
}
`)

/** The class that paints a series: its line (`stroke`) or its area (`fill`). Colours repeat after the sixth. */
export function paint(what: 'stroke' | 'fill', series: number): string {
  return `${what}${series % LIGHT.series.length}`
}

/** A linear map from [from[0], from[1]] to [to[0], to[1]]; the middle of `to` when `from` is a single point. */
export function linearScale(from: readonly [number, number], to: readonly [number, number]): (value: number) => number {
  const size = from[1] - from[0]
  return (value) => (size === 0 ? (to[0] + to[1]) / 2 : to[0] + ((value - from[0]) / size) * (to[1] - to[0]))
}

/** Ticks of an axis at multiples of 1, 2 or 5 times a power of ten; the outermost enclose [low, high]. */
export interface Ticks {
  readonly values: readonly number[]
  /** Decimals that tell neighbouring ticks apart. */
  readonly digits: number
}

/** Ticks are at least this share of the largest value apart: labels of a curve that hardly moves stay short. */
const LEAST_STEP = 1e-3

/** About `count` ticks around [low, high], at least `leastStep` apart. */
export function niceTicks(low: number, high: number, count: number, leastStep = 0): Ticks {
  const largest = Math.max(Math.abs(low), Math.abs(high))
  const rough = Math.max((high - low) / count, leastStep, LEAST_STEP * largest) || 1
  const power = Math.floor(Math.log10(rough) + 1e-9)
  const factor = [1, 2, 5, 10].find((candidate) => candidate * 10 ** power >= rough * (1 - 1e-9)) ?? 10
  const step = factor * 10 ** power
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)]
  const values = Array.from({ length: Math.max(last - first, 0) + 1 }, (_, i) => (first + i) * step)
  return { values, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) }
}
