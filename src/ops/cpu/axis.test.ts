/** @file A window's axis and its transpose describe the same pairs of positions. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Axis, axesOf, inputAt, transposed } from './axis.ts'

/** Any axis whose window has at least one position. */
const anyAxis = fc
  .record({
    inputs: fc.integer({ min: 1, max: 40 }),
    taps: fc.integer({ min: 1, max: 9 }),
    stride: fc.integer({ min: 1, max: 5 }),
    dilation: fc.integer({ min: 1, max: 4 }),
    before: fc.integer({ min: 0, max: 9 }),
    after: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ inputs, taps, stride, dilation, before, after }) => {
    const outputs = Math.floor((inputs + before + after - (taps - 1) * dilation - 1) / stride) + 1
    const attrs = { strides: [1, stride], dilation: [1, dilation], pads: [0, 0, before, after] }
    return axesOf([1, inputs], [1, taps], [1, outputs], attrs)
  })
  .filter(({ cols }) => cols.outputs > 0)

function pairs(axis: Axis): string[] {
  const found: string[] = []
  for (let output = 0; output < axis.outputs; output++)
    for (let tap = 0; tap < axis.taps; tap++) {
      const input = inputAt(axis, output, tap)
      if (input !== undefined) found.push([output, tap, input].join())
    }
  return found.sort()
}

describe('axis', () => {
  it('meets inputs where the definition says', () => {
    const { cols } = axesOf([4, 7], [3, 3], [2, 3], { strides: [2, 3], dilation: [1, 2], pads: [1, 0, 2, 2] })
    expect([0, 1, 2].map((tap) => inputAt(cols, 0, tap))).toEqual([undefined, 0, 2])
    expect([0, 1, 2].map((tap) => inputAt(cols, 2, tap))).toEqual([4, 6, undefined])
  })

  it('has a transpose with the same pairs, outputs and inputs exchanged', () => {
    fc.assert(
      fc.property(anyAxis, (axes) => {
        const exchanged = pairs(transposed(axes).cols).map((pair) => {
          const [input, tap, output] = pair.split(',')
          return [output, tap, input].join()
        })
        expect(exchanged.sort()).toEqual(pairs(axes.cols))
      }),
    )
  })
})
