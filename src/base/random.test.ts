/** @file Known answers of the generator, and what its streams promise: same seed, same numbers, whatever the order. */
import { describe, expect, it } from 'vitest'
import { SeparableError } from './errors.ts'
import { philox, Random } from './random.ts'

const words = (hex: string) => hex.split(' ').map((word) => Number.parseInt(word, 16))
const draw = (n: number, next: () => number) => Array.from({ length: n }, next)
const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length

describe('philox', () => {
  // kat_vectors of the authors' Random123 distribution
  it.each([
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published answer for counter %s', (counter, key, answer) => {
    expect([...philox(words(counter), words(key))]).toEqual(words(answer))
  })
})

describe('Random', () => {
  it('is a pure function of seed and stream', () => {
    const a = new Random(7, 'weights')
    const b = new Random(7, 'weights')
    expect(draw(9, () => a.uint32())).toEqual(draw(9, () => b.uint32()))
    const others = [new Random(8, 'weights'), new Random(7, 'data'), new Random(7), new Random(7 + 2 ** 32, 'weights')]
    const first = new Set([new Random(7, 'weights'), ...others].map((random) => random.uint32()))
    expect(first.size).toBe(5)
  })

  it('forks independently of what was drawn', () => {
    const parent = new Random(1)
    const before = parent.fork('epoch').fork(3).uint32()
    parent.uint32()
    expect(parent.fork('epoch').fork(3).uint32()).toBe(before)
    expect(parent.fork('epoch').fork(4).uint32()).not.toBe(before)
  })

  it('keeps its numbers: saved runs must stay reproducible', () => {
    const random = new Random(42, 'golden')
    expect(draw(4, () => random.uint32())).toEqual([1581110330, 3460164624, 3720913165, 1532595061])
    const mixed = [random.uniform(), random.normal(), random.truncatedNormal(), random.int(1000)]
    expect(mixed).toEqual([0.08441007137298584, 0.0015806192399221552, -1.89356448374411, 461])
    expect([...random.permutation(6)]).toEqual([2, 3, 1, 4, 0, 5])
  })

  it('draws uniform numbers in [0, 1) that f32 holds exactly', () => {
    const random = new Random(2)
    const values = draw(20_000, () => random.uniform())
    expect(mean(values)).toBeCloseTo(0.5, 2)
    expect(values.every((v) => v >= 0 && v < 1 && Math.fround(v) === v)).toBe(true)
  })

  it('draws normal numbers with the right moments and tails', () => {
    const random = new Random(3)
    const values = draw(50_000, () => random.normal())
    expect(Math.abs(mean(values))).toBeLessThan(0.015)
    expect(mean(values.map((v) => v * v))).toBeCloseTo(1, 1)
    expect(mean(values.map((v) => v ** 4))).toBeCloseTo(3, 0)
    expect(mean(values.map((v) => (v < -2 ? 1 : 0)))).toBeCloseTo(0.02275, 2)
  })

  it('cuts the truncated normal at two standard deviations', () => {
    const random = new Random(4)
    const values = draw(50_000, () => random.truncatedNormal())
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(2)
    expect(Math.sqrt(mean(values.map((v) => v * v)))).toBeCloseTo(0.8796, 2)
  })

  it('draws unbiased integers', () => {
    const random = new Random(5)
    const n = 3 * 2 ** 30 // a plain modulo would give the lowest third of this range twice as often
    const low = draw(20_000, () => random.int(n)).filter((v) => v < 2 ** 30).length
    expect(low / 20_000).toBeCloseTo(1 / 3, 1.5)
    expect(new Set(draw(200, () => random.int(6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
    expect(random.int(1)).toBe(0)
  })

  it('permutes', () => {
    const order = new Random(6).permutation(100)
    expect([...order].sort((a, b) => a - b)).toEqual(
      draw(
        100,
        (
          (i) => () =>
            i++
        )(0),
      ),
    )
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b))
    expect([...new Random(6).permutation(0)]).toEqual([])
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed)).toThrow(SeparableError)
    expect(() => new Random(seed)).toThrow(/seed must be .* received: /)
  })

  it.each([0, -3, 2.5, 2 ** 32])('refuses int(%s)', (n) => {
    expect(() => new Random(0).int(n)).toThrow(/Random.int: .* received: /)
  })
})
