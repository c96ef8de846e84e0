/** @file Random places of pictures: each image shows the window that its draw says, and the draws are fair. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Layer } from '../layer.ts'
import { setRandomSeed } from '../random-state.ts'
import { layers } from './index.ts'
import { counting, runLayer, trainOn } from './testing.ts'

beforeEach(() => setRandomSeed(1))

const SIZE = 4

/** What becomes of 400 pictures 1, 2, 3, ... of 4x4 pixels in a training step. */
const train = (layer: Layer, step = 0) => trainOn(layer, counting(SIZE, SIZE, 1), { step })

/** How often each picture occurs. */
function tally(pictures: readonly number[][]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const picture of pictures) counts.set(picture.join(' '), (counts.get(picture.join(' ')) ?? 0) + 1)
  return counts
}

/** The picture where pixel (i, j) shows pixel `from(i, j)` of the original, or 0. */
function picture(from: (i: number, j: number) => readonly [number, number], [height, width] = [SIZE, SIZE]): string {
  const pixels = Array.from({ length: height * width }, (_, at) => {
    const [row, column] = from(Math.floor(at / width), at % width)
    const inside = row >= 0 && row < SIZE && column >= 0 && column < SIZE
    return inside ? 1 + row * SIZE + column : 0
  })
  return pixels.join(' ')
}

/** Every one of these pictures, nothing else, and none much more often than another. */
function expectFair(pictures: readonly number[][], expected: readonly string[]): void {
  const counts = tally(pictures)
  expect([...counts.keys()].sort()).toEqual([...expected].sort())
  const mean = pictures.length / expected.length
  for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean))
}

const last = SIZE - 1
const AS_IT_IS = picture((i, j) => [i, j])
const UPSIDE_DOWN = picture((i, j) => [last - i, j])
const LEFT_TO_RIGHT = picture((i, j) => [i, last - j])
const BOTH = picture((i, j) => [last - i, last - j])

describe('randomFlip', () => {
  it.each([
    ['horizontal', [AS_IT_IS, LEFT_TO_RIGHT]],
    ['vertical', [AS_IT_IS, UPSIDE_DOWN]],
    ['horizontalAndVertical', [AS_IT_IS, LEFT_TO_RIGHT, UPSIDE_DOWN, BOTH]],
  ] as const)('%s mirrors every second picture each way', (mode, expected) => {
    expectFair(train(layers.randomFlip({ mode })), expected)
  })
})

describe('randomCrop', () => {
  const offsets = (count: number) => Array.from({ length: count }, (_, i) => i)

  it('takes windows from everywhere inside, the edges included', () => {
    const windows = offsets(3).flatMap((top) =>
      offsets(2).map((left) => picture((i, j) => [top + i, left + j], [2, 3])),
    )
    expectFair(train(layers.randomCrop({ height: 2, width: 3 })), windows)
  })

  it('takes windows that reach into the zeros around', () => {
    const windows = offsets(5).flatMap((top) =>
      offsets(3).map((left) => picture((i, j) => [top - 2 + i, left - 1 + j])),
    )
    expectFair(train(layers.randomCrop({ height: 4, width: 4, zeroPadding: [2, 1] })), windows)
  })

  it('shows the largest part of the same shape, resized, when nothing is trained', () => {
    const x = counting(1, 4, 6, 1)
    const expected = runLayer(layers.resizing({ height: 2, width: 2, cropToAspectRatio: true }), x)
    expect(runLayer(layers.randomCrop({ height: 2, width: 2 }), x)).toEqual(expected)
    expect(runLayer(layers.randomCrop({ height: 4, width: 6, zeroPadding: 4 }), x)).toEqual(x)
  })

  it('refuses a window that does not fit', () => {
    expect(() => train(layers.randomCrop({ height: 7, width: 4, zeroPadding: 1 }))).toThrow(
      /random_crop\w* \(RandomCrop\): a window of \[7, 4\] must fit .*\[1, 1\], received: \[null, 4, 4, 1\]/,
    )
  })
})

describe('draws', () => {
  const windows = (seed: number | null, step = 0) =>
    train(layers.randomCrop({ height: 1, width: 1, seed }), step).flat()
  /** How many of 400 images show the same of 16 pixels in both: 25 by chance. */
  const equal = (a: readonly number[], b: readonly number[]) => a.filter((value, n) => value === b[n]).length

  it('repeat with the seed of the layer, whatever setRandomSeed says', () => {
    const first = windows(3)
    setRandomSeed(99)
    expect(windows(3)).toEqual(first)
    expect(equal(windows(4), first)).toBeLessThan(60)
  })

  it('repeat with setRandomSeed where the layer has none', () => {
    const first = windows(null)
    expect(equal(windows(null), first)).toBeLessThan(60)
    setRandomSeed(1)
    expect(windows(null)).toEqual(first)
  })

  it('differ from step to step and from image to image', () => {
    const [first, second] = [windows(3), windows(3, 1)]
    expect(equal(first, second)).toBeLessThan(60)
    expect(equal(first, first.slice(1))).toBeLessThan(60)
  })
})
