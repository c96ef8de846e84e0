/** @file What may lie in an array, and what is refused before it can do harm. */
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { asArray } from './as-array.ts'
import { NdArray } from './ndarray.ts'

const refusal = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'taken'
}

describe('new NdArray', () => {
  it('takes a Buffer, clamped bytes and arrays of another realm, without a copy', () => {
    const buffer = Buffer.from([1, 2, 3, 4])
    const foreign = runInNewContext('new Float32Array([1, 2, 3, 4])') as Float32Array
    for (const data of [buffer, Uint8ClampedArray.of(1, 2, 3, 4) as unknown as Uint8Array, foreign]) {
      const array = new NdArray(data, [2, 2])
      expect(array.dtype).toBe(data === foreign ? 'f32' : 'u8')
      expect(array.toArray()).toEqual([
        [1, 2],
        [3, 4],
      ])
      data[3] = 9
      expect(array.slice(1).data.slice()[1]).toBe(9)
      expect([Uint8Array, Float32Array]).toContain(array.data.constructor)
    }
  })

  it.each([
    ['BigInt64Array', BigInt64Array.of(1n), '"BigInt64Array"'],
    ['Float64Array', Float64Array.of(1), '"Float64Array"'],
    ['Uint16Array', Uint16Array.of(1), '"Uint16Array"'],
    ['a plain array', [1], '[1]'],
    ['a DataView', new DataView(new ArrayBuffer(1)), 'DataView of 1 bytes'],
    ['nothing', undefined, 'undefined'],
  ])('refuses %s with the way out', (_, data, shown) => {
    expect(refusal(() => new NdArray(data as never, [1]))).toBe(
      `SeparableError: NdArray: data must be a Float32Array, Uint8Array or Int32Array, as NdArray.from(data) makes of others, received: ${shown}`,
    )
  })

  it('refuses shapes that are none', () => {
    expect(refusal(() => new NdArray(new Uint8Array(2), 2 as never))).toMatch(
      /the shape must be a list of sizes, received: 2$/,
    )
    expect(refusal(() => new NdArray(new Uint8Array(2), [1.5]))).toMatch(
      /^SeparableError: NdArray: shape \[1.5\] needs/,
    )
  })
})

describe('NdArray.from', () => {
  it('takes nested lists, and typed arrays of any kind', () => {
    expect(
      NdArray.from([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual(new NdArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]))
    expect(NdArray.from([[[7]]], 'u8')).toEqual(new NdArray(Uint8Array.of(7), [1, 1, 1]))
    expect(NdArray.from(BigInt64Array.of(3n, -4n), 'i32')).toEqual(new NdArray(Int32Array.of(3, -4), [2]))
    expect(NdArray.from([Float64Array.of(0.5), Float64Array.of(1)] as never)).toEqual(
      new NdArray(Float32Array.of(0.5, 1), [2, 1]),
    )
    expect(NdArray.from([])).toEqual(new NdArray(new Float32Array(0), [0]))
  })

  it.each([
    [[[1, 2], [3]], undefined, /all rows must be equally long, 2 elements, received: \[3\]$/],
    [[[1], 2], undefined, /all rows must be equally long, 1 elements, received: 2$/],
    [[1, '2'], undefined, /elements must be numbers, received: "2"$/],
    [['ab'], undefined, /elements must be numbers, received: "ab"$/],
    [[256], 'u8', /elements must be whole numbers from 0 to 255, received: 256$/],
    [[0.5], 'i32', /elements must be whole numbers of 32 bits, received: 0.5$/],
    [[1], 'f64', /dtype must be "f32", "u8" or "i32", received: "f64"$/],
    [7, undefined, /takes lists of numbers, received: 7$/],
    ['seven', undefined, /takes lists of numbers, received: "seven"$/],
    [null, undefined, /takes lists of numbers, received: null$/],
  ])('refuses %j as %s', (values, dtype, message) => {
    expect(refusal(() => NdArray.from(values as never, dtype as never))).toMatch(message)
  })
})

it('an array of another copy of this library is one', () => {
  const foreign = { data: Int32Array.of(1, 2), shape: [2] }
  expect(asArray(foreign, 'x')).toEqual(new NdArray(Int32Array.of(1, 2), [2]))
  expect(() => asArray(new Float64Array(2), 'x')).toThrow('x must be an NdArray, which new NdArray(data, shape) makes')
})
