/** @file Strips cover each output once and use exactly the inputs that its window meets. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Axis, axesOf, inputAt, transposed } from '../cpu/axis.ts'
import { type StripRun, stripRuns } from './strips.ts'

function axisOf(inputs: number, taps: number, stride: number, dilation: number, pad: number): Axis {
  const outputs = Math.max(0, Math.floor((inputs + 2 * pad - (taps - 1) * dilation - 1) / stride) + 1)
  const attrs = { strides: [1, stride], dilation: [1, dilation], pads: [0, 0, pad, pad] }
  return axesOf([1, inputs], [1, taps], [1, outputs], attrs).cols
}

const sizes = (runs: readonly StripRun[]) => runs.map(({ count, size }) => [count, size])

describe('stripRuns', () => {
  it('separates the edges and merges what lies between', () => {
    expect(sizes(stripRuns(axisOf(32, 3, 1, 1, 1), 8))).toEqual([
      [1, 8],
      [2, 8],
      [1, 8],
    ])
    expect(sizes(stripRuns(axisOf(32, 3, 1, 1, 0), 8))).toEqual([
      [2, 8],
      [2, 7],
    ])
  })

  it('loads each column of a strip once', () => {
    const [run] = stripRuns(axisOf(8, 3, 1, 1, 0), 8)
    expect(run.columns.map(({ offset, uses }) => [offset, uses.length])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 3],
      [4, 3],
      [5, 3],
      [6, 2],
      [7, 1],
    ])
  })

  it('covers each output once with the inputs its window meets, forward and transposed', () => {
    const size = fc.integer({ min: 1, max: 40 })
    const small = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(size, small, small, small, fc.nat(6), fc.boolean(), (inputs, taps, stride, dilation, pad, turn) => {
        const forward = axisOf(inputs, taps, stride, dilation, pad)
        const axis = turn ? transposed({ rows: forward, cols: forward }).cols : forward
        let first = 0
        for (const { count, size, columns, base, baseStep } of stripRuns(axis, 8)) {
          for (let strip = 0; strip < count; strip++, first += size)
            for (const { offset, uses } of columns)
              for (const { output, tap } of uses)
                expect(inputAt(axis, first + output, tap)).toBe(base + strip * baseStep + offset)
          expect(columns.flatMap(({ uses }) => uses).length).toBe(usesBetween(axis, first - size, first))
        }
        expect(first).toBe(axis.outputs)
      }),
    )
  })
})

function usesBetween(axis: Axis, from: number, to: number): number {
  let uses = 0
  for (let output = from; output < to; output++)
    for (let tap = 0; tap < axis.taps; tap++) if (inputAt(axis, output, tap) !== undefined) uses++
  return uses
}
