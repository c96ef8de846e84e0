/** @file Checks the charts: well-formed SVG, everything escaped, gaps and empty data. */
import { describe, expect, test } from 'vitest'
import { barChart } from './bar-chart.ts'
import { type Drawing, linearScale, niceTicks, svgFile } from './drawing.ts'
import { confusionHeatMap } from './heat-map.ts'
import { type LineChart, lineChart } from './line-chart.ts'

const HOSTILE = `<svg onload="x"> & 'y'`

/** Fails unless the text is one well-formed XML element. */
function expectWellFormed(svg: string): void {
  const token =
    /<\?xml [^?]*\?>|<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<&]*(?:&(?:\w+|#\d+);[^"<&]*)*")*)\s*(\/?)>|(?:[^<&]|&(?:\w+|#\d+);)+/gy
  const open: string[] = []
  let end = 0
  for (const match of svg.matchAll(token)) {
    const [text, closing, name, , empty] = match
    end = match.index + text.length
    if (closing) expect(open.pop()).toBe(name)
    else if (name && !empty) open.push(name)
  }
  expect(svg.slice(end)).toBe('')
  expect(open).toEqual([])
}

function expectSound(drawing: Drawing): string {
  const svg = svgFile(drawing)
  expectWellFormed(svg)
  expect(svg).not.toMatch(/NaN|Infinity|undefined|onload="/)
  return svg
}

describe('niceTicks', () => {
  test.each([
    [0, 1, 5, 0, [0, 0.2, 0.4, 0.6, 0.8, 1], 1],
    [35.3, 91.3, 5, 0, [20, 40, 60, 80, 100], 0],
    [1, 10, 8, 1, [0, 2, 4, 6, 8, 10], 0],
    [1, 3, 8, 1, [1, 2, 3], 0],
    [0.25, 1.7578, 5, 0, [0, 0.5, 1, 1.5, 2], 1],
    [-3, 4, 4, 0, [-4, -2, 0, 2, 4], 0],
  ])('of [%d, %d]', (low, high, count, leastStep, values, digits) => {
    const ticks = niceTicks(low, high, count, leastStep)
    expect(ticks.digits).toBe(digits)
    expect(ticks.values.map((value) => Number(value.toFixed(9)))).toEqual(values)
  })

  test.each([0.7, 0.1, 2.31, 1186378, 0])('of the single point %d enclose it, with short labels', (point) => {
    const { values, digits } = niceTicks(point, point, 5)
    expect(values.length).toBeLessThan(5)
    expect(values[0]).toBeLessThanOrEqual(point + 1e-9)
    expect(values.at(-1)).toBeGreaterThanOrEqual(point - 1e-9)
    expect(digits).toBeLessThanOrEqual(4)
  })
})

test('a scale of a single point is its middle', () => {
  expect(linearScale([3, 3], [0, 10])(3)).toBe(5)
})

describe('lineChart', () => {
  const chart: LineChart = {
    title: HOSTILE,
    xLabel: 'epoch',
    yLabel: HOSTILE,
    leastXStep: 1,
    series: [
      {
        name: HOSTILE,
        color: 0,
        points: [
          [1, 0.5],
          [2, 0.25],
          [3, 0.125],
        ],
      },
      {
        name: 'gap',
        color: 9,
        dashed: true,
        points: [
          [1, 0.5],
          [2, Number.NaN],
          [3, 0.4],
          [4, 0.3],
        ],
      },
    ],
  }

  test('a path and dots for each series, everything escaped', () => {
    const svg = expectSound(lineChart(chart))
    expect(svg.match(/<path /g)).toHaveLength(2)
    expect(svg.match(/<circle /g)).toHaveLength(6)
    expect(svg).toContain('class="line stroke3 dashed"')
    expect(svg).toContain('<title>gap: 0.400 at epoch 3</title>')
  })

  test('a point that is not finite leaves a gap', () => {
    const path = /dashed" d="([^"]*)"/.exec(svgFile(lineChart(chart)))?.[1]
    expect(path?.replace(/[\d. ]+/g, '')).toBe('MML')
  })

  test('one point, no points, only NaN', () => {
    const single = { ...chart, series: [{ name: 'a', color: 0, points: [[1, 0.5]] as const }] }
    expect(expectSound(lineChart(single)).match(/<circle /g)).toHaveLength(1)
    expect(expectSound(lineChart({ ...chart, series: [] }))).toContain('nothing was measured yet')
    const nan = { ...chart, series: [{ name: 'a', color: 0, points: [[1, Number.NaN]] as const }] }
    expect(expectSound(lineChart(nan))).toContain('nothing was measured yet')
  })
})

describe('barChart', () => {
  const legend = [{ name: HOSTILE, color: 0 }]

  test('bars in proportion, with short numbers', () => {
    const bar = (label: string, value: number) => ({ label, color: 0, value })
    const groups = [[bar(HOSTILE, 2e6)], [bar('half', 1e6), bar('bad', Number.NaN)]]
    const svg = expectSound(barChart({ title: 'Cost', legend, groups }))
    const widths = [...svg.matchAll(/width="([\d.]+)" height="15"/g)].map((match) => Number(match[1]))
    expect(widths[1]).toBeCloseTo((widths[0] as number) / 2)
    expect(widths[2]).toBe(0)
    expect(svg).toContain('>2 M</text>')
  })

  test('nothing to show', () => {
    expectSound(barChart({ title: 'Cost', legend, groups: [] }))
    expectSound(barChart({ title: 'Cost', legend, groups: [[{ label: 'zero', color: 0, value: 0 }]] }))
  })
})

describe('confusionHeatMap', () => {
  test('a cell for each count above zero, stronger for a larger share of its row', () => {
    const svg = expectSound(
      confusionHeatMap({
        title: HOSTILE,
        color: 1,
        classNames: [HOSTILE, 'cat'],
        counts: [
          [75, 25],
          [0, 10],
        ],
      }),
    )
    const opacities = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map((match) => Number(match[1]))
    expect(opacities).toEqual([0.84, 0.44, 1])
    expect(svg).toContain('taken for cat: 25 (25.0 %)')
    expect(svg).toContain('85 of 110 right')
  })

  test('many classes leave the text out', () => {
    const classNames = Array.from({ length: 100 }, (_, i) => `class ${i}`)
    const counts = classNames.map((_, y) => classNames.map((__, x) => (x === y ? 5 : 0)))
    expect(
      expectSound(confusionHeatMap({ title: 'many', color: 0, classNames, counts })).match(/<text /g),
    ).toHaveLength(2)
  })

  test('a matrix that does not fit its names is refused', () => {
    expect(() => confusionHeatMap({ title: 'x', color: 0, classNames: ['a', 'b'], counts: [[1, 2]] })).toThrow(
      'confusionHeatMap: 2 class names need 2 rows of 2 counts, received: [2]',
    )
  })
})
