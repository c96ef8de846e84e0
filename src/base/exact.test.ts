/** @file Functions that give the same bits on every engine, near those of Math, at known bits. */
import { describe, expect, it } from 'vitest'
import { cosineOfHalfTurns, naturalLog, power } from './exact.ts'

const near = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(2e-14 * Math.abs(expected) + 4e-16)

describe('exact functions', () => {
  it('are what they are called', () => {
    for (let i = 1; i <= 2000; i++) {
      const x = i / 100
      near(naturalLog(x), Math.log(x))
      near(power(x, 0.37), x ** 0.37)
      near(power(0.96, x), 0.96 ** x)
      near(power(x, -2.5), x ** -2.5)
      near(cosineOfHalfTurns(i / 2000), Math.cos((Math.PI * i) / 2000))
    }
    for (const t of [1, 2, 10, 1000]) near(power(0.999, t) / 0.999 ** t, 1)
    expect(Math.abs(power(0.999, 100_000) / 0.999 ** 100_000 - 1)).toBeLessThan(1e-11)
  })

  it.each([
    [0, 0.5, 0],
    [0, 0, 1],
    [0, -1, Number.POSITIVE_INFINITY],
    [0, -0.5, Number.POSITIVE_INFINITY],
    [-2, 3, -8],
    [-2, 0.5, Number.NaN],
    [2, -3, 0.125],
    [2, 2000.5, Number.POSITIVE_INFINITY],
    [2, -2000.5, 0],
    [Number.POSITIVE_INFINITY, 0.5, Number.POSITIVE_INFINITY],
    [0.5, Number.NaN, Number.NaN],
  ])('%s to the power of %s is %s', (x, y, expected) => {
    expect(power(x, y)).toBe(expected)
  })

  it('give bits that do not change', () => {
    const bits = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16)
    expect(
      [power(0.9, 7), power(0.999, 12345), power(0.96, 0.7), cosineOfHalfTurns(0.3), cosineOfHalfTurns(0.9)].map(bits),
    ).toMatchInlineSnapshot(`
      [
        "3fde9c6a99d1cdc0",
        "3ed22391fb9458b0",
        "3fef19392bd90ec0",
        "3fe2cf2304755a5e",
        "bfee6f0e13445500",
      ]
    `)
  })
})
