/** @file Drawn pictures: reproducible, and too hard for a linear model. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Split } from './dataset.ts'
import { shapes } from './shapes.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('shapes', () => {
  it('draws the same pictures for the same seed, on every machine', async () => {
    const { train, test } = await shapes({ trainImages: 50, testImages: 20 })
    expect(sha256(train.x.data)).toBe('cf741266443545da8e5a79504fb9e8028cfb7110102e54e2631a8e77332e928d')
    expect(sha256(test.x.data)).toBe('5830f7481bd000ed466030c88c3c247ea9f8a35f8b58f7627883829cd2e0d420')
  })

  it('draws other pictures for another seed, and other ones to test than to train', async () => {
    const [a, b] = [await shapes({ limit: 10 }), await shapes({ limit: 10, seed: 1 })]
    const sums = [a.train, a.test, b.train, b.test].map(({ x }) => sha256(x.data))
    expect(new Set(sums).size).toBe(4)
  })

  it('draws the classes in turn; fewer pictures are the first ones of more', async () => {
    const many = await shapes({ trainImages: 25 })
    const few = await shapes({ limit: 12 })
    expect(few.train.x.shape).toEqual([12, 32, 32, 3])
    expect(few.train.x.data).toEqual(many.train.x.slice(0, 12).data)
    expect(Array.from(few.test.y.data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    expect(few.classes).toHaveLength(10)
  })

  it('is too hard for a linear model, but not without a trace of its classes', async () => {
    const { train, test } = await shapes({ trainImages: 4000 })
    const accuracy = linearAccuracy(train, test)
    expect(accuracy).toBeLessThan(0.5)
    expect(accuracy).toBeGreaterThan(0.25)
  })

  it.each([
    [{ limit: 0 }, /^limit must be .* received: 0$/],
    [{ trainImages: 1.5 }, /^trainImages must be .* received: 1.5$/],
    [{ testImages: -1 }, /^testImages must be .* received: -1$/],
    [{ seed: -1 }, /^seed must be .* received: -1$/],
  ])('refuses %o', async (options, message) => {
    await expect(shapes(options)).rejects.toThrow(message)
  })
})

/** Test accuracy of a softmax regression, trained by gradient descent one picture at a time. */
function linearAccuracy(train: Split, test: Split): number {
  const pictures = halved(train)
  const size = pictures[0]!.length
  const weights = Array.from({ length: 10 }, () => new Float32Array(size))
  const logits = (picture: Float32Array) =>
    weights.map((row) => {
      let sum = 0
      for (let i = 0; i < size; i++) sum += row[i]! * picture[i]!
      return sum
    })
  for (let epoch = 0; epoch < 3; epoch++)
    for (const [n, picture] of pictures.entries()) {
      const powers = logits(picture).map(Math.exp)
      const total = powers.reduce((sum, p) => sum + p, 0)
      for (const [k, row] of weights.entries()) {
        const step = (0.02 / (1 + epoch)) * ((k === train.y.data[n] ? 1 : 0) - powers[k]! / total)
        for (let i = 0; i < size; i++) row[i]! += step * picture[i]!
      }
    }
  const hits = halved(test).filter((picture, n) => {
    const scores = logits(picture)
    return scores.indexOf(Math.max(...scores)) === test.y.data[n]
  })
  return hits.length / test.y.data.length
}

/** Pictures as rows of 16x16x3 values around 0, means of 2x2 pixels: a quarter of the work, and no easier. */
function halved({ x }: Split): Float32Array[] {
  return Array.from({ length: x.shape[0]! }, (_, n) => {
    const picture = x.slice(n, n + 1).data
    return Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => {
      const corner = Math.floor(i / 48) * 192 + (Math.floor(i / 3) % 16) * 6 + (i % 3)
      const sum = picture[corner]! + picture[corner + 3]! + picture[corner + 96]! + picture[corner + 99]!
      return sum / 1020 - 0.22
    })
  })
}
