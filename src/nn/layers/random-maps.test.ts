/** @file Random translation, rotation, zoom and shear: where pixels come from, on all sides of the edges, and how far they go. */
import { beforeEach, describe, expect, it } from 'vitest'
import { setRandomSeed } from '../random-state.ts'
import { layers } from './index.ts'
import { trainOn, type Values } from './testing.ts'

beforeEach(() => setRandomSeed(1))

/** A picture of one channel. */
function picture(...rows: readonly (readonly number[])[]): Values {
  return { shape: [rows.length, rows[0].length, 1], data: rows.flat() }
}

/** Equal up to the 2^-16 of a pixel by which points are rounded. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(2e-3)
  })
}

const ROW = picture([1, 2, 3, 4])

describe('randomTranslation', () => {
  it.each([
    ['constant', 2, [9, 9, 1, 2], [3, 4, 9, 9]],
    ['nearest', 2, [1, 1, 1, 2], [3, 4, 4, 4]],
    ['reflect', 2, [2, 1, 1, 2], [3, 4, 4, 3]],
    ['wrap', 2, [3, 4, 1, 2], [3, 4, 1, 2]],
    ['reflect', 4, [4, 3, 2, 1], [4, 3, 2, 1]],
  ] as const)('goes on beyond the edges: %s, %i pixels', (fillMode, pixels, right, left) => {
    const moved = (factor: number) => {
      const args = { heightFactor: 0, widthFactor: [factor, factor], fillMode, fillValue: 9 } as const
      return trainOn(layers.randomTranslation(args), ROW, { images: 1 })[0]
    }
    expectClose(moved(pixels / 4), right)
    expectClose(moved(-pixels / 4), left)
  })

  it('mixes two pixels, or takes the nearer one', () => {
    const args = { heightFactor: [0.375, 0.375], widthFactor: 0, fillMode: 'nearest' } as const
    const column = picture([0], [100], [200], [300])
    expectClose(trainOn(layers.randomTranslation(args), column, { images: 1 })[0], [0, 0, 50, 150])
    const nearest = layers.randomTranslation({ ...args, heightFactor: [0.3, 0.3], interpolation: 'nearest' })
    expect(trainOn(nearest, column, { images: 1 })[0]).toEqual([0, 0, 100, 200])
  })

  it('draws every distance up to the factor, down and right independently', () => {
    const ramp = { shape: [9, 9, 2], data: Array.from({ length: 81 }, (_, i) => [Math.floor(i / 9), i % 9]).flat() }
    const middles = trainOn(layers.randomTranslation({ heightFactor: 1 / 3, widthFactor: [0, 1 / 3] }), ramp).map(
      (moved) => moved.slice(80, 82).map((place) => 4 - place),
    )
    const [down, right] = [0, 1].map((axis) => middles.map((middle) => middle[axis]))
    expect([Math.min(...down), Math.max(...down)]).toEqual([expect.closeTo(-3, 0.8), expect.closeTo(3, 0.8)])
    expect([Math.min(...right), Math.max(...right)]).toEqual([expect.closeTo(0, 0.8), expect.closeTo(3, 0.8)])
    const together = down.reduce((sum, value, n) => sum + value * (right[n] - 1.5), 0) / down.length
    expect(Math.abs(together)).toBeLessThan(0.3)
  })
})

describe('randomRotation', () => {
  const SQUARE = picture([1, 2, 3], [4, 5, 6], [7, 8, 9])

  it.each([
    [0.25, [3, 6, 9, 2, 5, 8, 1, 4, 7]],
    [-0.25, [7, 4, 1, 8, 5, 2, 9, 6, 3]],
    [0.5, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    [1, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('of %f turns goes counter-clockwise', (turns, expected) => {
    const layer = layers.randomRotation({ factor: [turns, turns], fillMode: 'nearest' })
    expectClose(trainOn(layer, SQUARE, { images: 1 })[0], expected)
  })

  it('keeps to the middle of pictures that are not square', () => {
    const layer = layers.randomRotation({ factor: [0.5, 0.5], fillMode: 'constant', fillValue: 7 })
    expectClose(trainOn(layer, ROW, { images: 1 })[0], [4, 3, 2, 1])
  })

  it('turns both ways', () => {
    const left = trainOn(layers.randomRotation({ factor: 0.1 }), SQUARE).map((turned) => turned[3])
    expect(Math.min(...left)).toBeLessThan(3)
    expect(Math.max(...left)).toBeGreaterThan(5)
  })
})

describe('randomZoom', () => {
  const LINE = picture([0, 1, 2, 3, 4])

  it.each([
    [1, [0, 0, 2, 4, 4]],
    [-0.5, [1, 1.5, 2, 2.5, 3]],
    [-1, [2, 2, 2, 2, 2]],
  ])('of %f shows more or less around the middle', (factor, expected) => {
    const args = { heightFactor: 0, widthFactor: [factor, factor], fillMode: 'nearest' } as const
    expectClose(trainOn(layers.randomZoom(args), LINE, { images: 1 })[0], expected)
  })

  it('keeps shapes without a widthFactor', () => {
    const ramp = { shape: [5, 5, 2], data: Array.from({ length: 25 }, (_, i) => [Math.floor(i / 5), i % 5]).flat() }
    const corners = trainOn(layers.randomZoom({ heightFactor: [-0.9, 0] }), ramp).map((zoomed) => zoomed.slice(0, 2))
    for (const [row, column] of corners) expect(Math.abs(row - column)).toBeLessThan(1e-3)
    expect(new Set(corners.map(([row]) => Math.round(row * 5))).size).toBeGreaterThan(8)
  })
})

describe('randomShear', () => {
  const STAIRS = picture([1, 2, 3], [4, 5, 6], [7, 8, 9])
  const seen = (args: object) => {
    const layer = layers.randomShear({ ...args, fillMode: 'constant' })
    return [
      ...new Set(trainOn(layer, STAIRS).map((moved) => moved.map((value) => Math.abs(value).toFixed(2)).join(' '))),
    ]
  }

  it('moves each row against the one above, to one side or the other', () => {
    expect(seen({ xFactor: [1, 1] }).sort()).toEqual([
      '1.00 2.00 3.00 0.00 4.00 5.00 0.00 0.00 7.00',
      '1.00 2.00 3.00 5.00 6.00 0.00 9.00 0.00 0.00',
    ])
  })

  it('moves each column against the one before', () => {
    expect(seen({ yFactor: [1, 1] }).sort()).toEqual([
      '1.00 0.00 0.00 4.00 2.00 0.00 7.00 5.00 3.00',
      '1.00 5.00 9.00 4.00 8.00 0.00 7.00 0.00 0.00',
    ])
  })

  it('by itself moves nothing', () => {
    expect(trainOn(layers.randomShear(), STAIRS, { images: 1 })[0]).toEqual(STAIRS.data)
  })
})
