/** @file Random brightness, contrast and erasing: what changes, by how much and how often. */
import { beforeEach, describe, expect, it } from 'vitest'
import { setRandomSeed } from '../random-state.ts'
import { layers } from './index.ts'
import { counting, trainOn, type Values } from './testing.ts'

beforeEach(() => setRandomSeed(1))

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Numbers that fill [low, high] evenly: from end to end, with the mean in the middle. */
function expectEven(values: readonly number[], low: number, high: number): void {
  const extent = high - low
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-9)
  expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-9)
  expect(Math.min(...values)).toBeLessThan(low + 0.03 * extent)
  expect(Math.max(...values)).toBeGreaterThan(high - 0.03 * extent)
  expect(Math.abs(mean(values) - (low + high) / 2)).toBeLessThan(0.06 * extent)
}

describe('randomBrightness', () => {
  it('adds one number to all pixels of an image', () => {
    const x: Values = { shape: [1, 2, 1], data: [100, 150] }
    const pictures = trainOn(layers.randomBrightness({ factor: 0.2 }), x)
    for (const [a, b] of pictures) expect(b - a).toBeCloseTo(50, 9)
    expectEven(
      pictures.map(([a]) => a - 100),
      -51,
      51,
    )
  })

  it('cuts off at the ends of valueRange', () => {
    const x: Values = { shape: [1, 2, 1], data: [0.9, 0.1] }
    const pictures = trainOn(layers.randomBrightness({ factor: [0.5, 0.2], valueRange: [0, 1] }), x)
    for (const [bright] of pictures) expect(bright).toBe(1)
    expectEven(
      pictures.map(([, dark]) => dark),
      0.3,
      0.6,
    )
  })
})

describe('randomContrast', () => {
  it('moves the pixels of each channel from their mean', () => {
    const x: Values = { shape: [1, 2, 2], data: [90, 10, 110, 20] }
    const pictures = trainOn(layers.randomContrast({ factor: [0.5, 0.1] }), x)
    for (const [a, c, b, d] of pictures) {
      expect([a + b, c + d]).toEqual([expect.closeTo(200, 9), expect.closeTo(30, 9)])
      expect(d - c).toBeCloseTo((b - a) / 2, 9)
    }
    expectEven(
      pictures.map(([a, , b]) => (b - a) / 20),
      0.5,
      1.1,
    )
  })

  it('takes one number for both directions', () => {
    expect(layers.randomContrast({ factor: 0.3 }).config.factor).toEqual([0.3, 0.3])
    expect(() => layers.randomContrast({ factor: -0.1 })).toThrow(
      'RandomContrast: factor must be a number or two >= 0 and <= 1, received: -0.1',
    )
  })
})

describe('randomErasing', () => {
  const size = 20
  const x = counting(size, size, 1)
  /** Rows and columns that changed to -1; all pixels where they meet must have. */
  function erased(picture: readonly number[]): [height: number, width: number] {
    const changed = picture.flatMap((value, i) => (value === -1 ? [i] : []))
    const rows = new Set(changed.map((i) => Math.floor(i / size)))
    const columns = new Set(changed.map((i) => i % size))
    expect(changed.length).toBe(rows.size * columns.size)
    return [rows.size, columns.size]
  }

  it('replaces a rectangle whose sides are roots of the scale', () => {
    const layer = layers.randomErasing({ factor: [1, 1], scale: [0.25, 0.25], fillValue: -1, valueRange: [-1, 400] })
    const pictures = trainOn(layer, x, { images: 200 })
    for (const picture of pictures) expect(erased(picture)).toEqual([10, 10])
    expect(new Set(pictures.map((picture) => picture.indexOf(-1))).size).toBeGreaterThan(80)
  })

  it('erases as often as the mean probability says', () => {
    const layer = layers.randomErasing({ factor: 0.8, fillValue: -1, valueRange: [-1, 400] })
    const share = mean(trainOn(layer, x).map((picture) => (erased(picture)[0] > 0 ? 1 : 0)))
    expect(Math.abs(share - 0.4)).toBeLessThan(0.1)
  })

  it('fills with noise that stays within valueRange', () => {
    const layer = layers.randomErasing({ factor: [1, 1], scale: [1, 1], valueRange: [0, 10] })
    const noise = trainOn(layer, x, { images: 5 }).flat()
    const shareOf = (fits: (value: number) => boolean) => mean(noise.map((value) => (fits(value) ? 1 : 0)))
    expect(shareOf((value) => value === 0)).toBeCloseTo(0.5, 1)
    expect(shareOf((value) => value === 10)).toBeCloseTo(0.159, 1)
    expect(shareOf((value) => value > 0 && value < 10)).toBeCloseTo(0.341, 1)
  })
})
