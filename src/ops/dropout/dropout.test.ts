/** @file Dropout's mask: its share, its independence of everything but its four numbers, and its exact bits. */
import { describe, expect, it } from 'vitest'
import { dropoutReference } from './reference.ts'

const SIZE = 20_000

/** Which of the elements of `images` images of ones are kept. */
function mask({ seed = 1, stream = 0, rate = 0.5, images = 1 }): boolean[] {
  const ones = { data: new Float64Array(images * SIZE).fill(1), shape: [images, SIZE] }
  const y = dropoutReference([ones, { data: Float64Array.of(seed), shape: [1] }], { rate, stream }, ones.shape)
  expect(new Set(y).size).toBeLessThanOrEqual(2)
  expect(Math.max(...y)).toBeCloseTo(1 / (1 - rate), 14)
  return Array.from(y, (value) => value > 0)
}

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length

describe('dropout', () => {
  it.each([0, 0.1, 0.5, 0.9])('drops a share of %s', (rate) => {
    expect(share(mask({ rate }))).toBeCloseTo(1 - rate, 1.7)
  })

  it('draws independent masks for each step, layer and image', () => {
    const [first, second] = [0, 1].map((n) => mask({ images: 2 }).slice(n * SIZE, (n + 1) * SIZE))
    for (const other of [second, mask({ seed: 2 }), mask({ stream: 1 })])
      expect(share(other.map((kept, i) => kept === first[i]))).toBeCloseTo(0.5, 1.7)
  })

  it('draws neighbouring elements independently', () => {
    const kept = mask({})
    for (const distance of [1, 2, 4, 8, 32])
      expect(share(kept.slice(distance).map((value, i) => value === kept[i]))).toBeCloseTo(0.5, 1.7)
  })

  it('keeps its bits: saved runs must stay reproducible', () => {
    const bits = mask({ seed: 7, stream: 3 }).slice(0, 32)
    expect(bits.map(Number).join('')).toBe('11100110011000000000000010001100')
  })
})
