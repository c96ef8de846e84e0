/** @file Drawn pictures are reproducible. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
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

  it.each([
    [{ limit: 0 }, /^shapes: limit must be .* received: 0$/],
    [{ trainImages: 1.5 }, /^shapes: trainImages must be .* received: 1.5$/],
    [{ testImages: -1 }, /^shapes: testImages must be .* received: -1$/],
    [{ seed: -1 }, /^shapes: seed must be .* received: -1$/],
  ])('refuses %o', async (options, message) => {
    await expect(shapes(options)).rejects.toThrow(message)
  })
})
