/** @file .npy and .npz files, with some that NumPy wrote. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NdArray } from '../tensor/ndarray.ts'
import { mutate, outcomeOf } from './fuzz-testing.ts'
import { readNpy, readNpz, writeNpy, writeNpz } from './npy.ts'

const array = new NdArray(Float32Array.of(1, -2.5, 3e-9, Number.NaN, Number.POSITIVE_INFINITY, 0), [2, 3])

/** A version 1 file whose header is as given, with these numbers behind it. */
function file(description: string, shape: string, numbers: readonly number[], order = 'False'): Uint8Array {
  const header = `{'descr': ${description}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`
  return Uint8Array.from([
    ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0],
    ...Array.from(header, (letter) => letter.charCodeAt(0)),
    ...numbers,
  ])
}

describe('npy', () => {
  it('writes the bytes that numpy.save writes', () => {
    const bytes = writeNpy(new NdArray(Float32Array.of(1, 2), [2]))
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
    expect(Buffer.from(bytes).toString('latin1')).toBe(`\x93NUMPY\x01\x00v\x00${header.padEnd(117)}\n\0\0\x80?\0\0\0@`)
  })

  it.each([new Float32Array([1.5, -0]), new Uint8Array([0, 255]), new Int32Array([-5, 2 ** 31 - 1])])(
    'reads what it writes: %o',
    (data) => {
      for (const shape of [[2], [1, 2, 1], [2, 1]])
        expect(readNpy(writeNpy(new NdArray(data, shape)))).toEqual(new NdArray(data, shape))
    },
  )

  it('reads scalars and empty arrays', () => {
    expect(readNpy(file("'<f4'", '()', [0, 0, 0x80, 0x3f])).toArray()).toBe(1)
    expect(readNpy(file("'<f4'", '(0, 3)', [])).shape).toEqual([0, 3])
  })

  it.each([
    ["'<f8'", [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5],
    ["'>f4'", [0x3f, 0xc0, 0, 0], 1.5],
    ["'<f2'", [0x00, 0x3e], 1.5],
    ["'<f2'", [0x01, 0x80], -(2 ** -24)],
    ["'<f2'", [0x00, 0xfc], Number.NEGATIVE_INFINITY],
    ["'<i8'", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2],
    ["'>u2'", [1, 2], 258],
    ["'|b1'", [1], 1],
    ["'|i1'", [0xff], -1],
  ])('understands %s', (description, numbers, value) => {
    expect(readNpy(file(description, '(1,)', numbers)).data[0]).toBe(value)
  })

  it("turns Fortran's order into rows", () => {
    const fortran = file("'|u1'", '(2, 3)', [1, 4, 2, 5, 3, 6], 'True')
    expect(readNpy(fortran).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const cube = file("'|u1'", '(2, 1, 2)', [1, 3, 2, 4], 'True')
    expect(readNpy(cube).toArray()).toEqual([[[1, 2]], [[3, 4]]])
  })

  it.each([
    [file("'|O'", '(1,)', [1]), 'unsupported', 'npy file holds something other than numbers, received: "|O"'],
    [file("[('a', '<f4')]", '(1,)', [1]), 'unsupported', 'npy file holds records, not numbers'],
    [file("'<c8'", '(1,)', [1]), 'unsupported', 'npy file holds something other than numbers, received: "<c8"'],
    [file("'<f4'", '(3,)', [1, 2, 3, 4]), 'data', 'it points at 12 bytes from'],
    [file("'|u1'", '(1,)', [1, 2]), 'data', 'npy file should end after'],
    [file("'<f4'", '(99999999999999999999,)', []), 'data', 'npy file has a shape that cannot be'],
    [file("'<f4'", '(4294967296, 4294967296, 4294967296)', []), 'data', 'npy file has a shape that cannot be'],
    [file("'<f4'", `(${'1,'.repeat(40)})`, []), 'data', 'npy file has too many axes: at most 32, received: 40'],
    [file("'<i8'", '(1,)', [0, 0, 0, 0, 1, 0, 0, 0]), 'data', 'does not fit into 32 bits, received: 4294967296'],
    [Uint8Array.of(1, 2), 'data', 'npy file is no .npy file'],
  ])('refuses what it cannot hold', (bytes, code, message) => {
    expect(() => readNpy(bytes)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
  })
})

describe('npz', () => {
  it('reads what it writes, any names and shapes', () => {
    const shapes = fc.array(fc.nat(3), { maxLength: 4 })
    const arrays = shapes.map((shape) => {
      const size = shape.reduce((a, b) => a * b, 1)
      return new NdArray(
        Float32Array.from({ length: size }, (_, i) => i),
        shape,
      )
    })
    const named = fc.array(fc.tuple(fc.stringMatching(/^[a-zé/_0-9]{1,9}$/), arrays)).map((entries) => new Map(entries))
    fc.assert(
      fc.property(named, (map) => {
        expect(readNpz(writeNpz(map))).toEqual(map)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses damaged files clearly', async () => {
    const sound = writeNpz(
      new Map([
        ['a', array],
        ['b', array],
      ]),
    )
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 300; seed++) outcomes.add(await outcomeOf(seed, () => readNpz(mutate(sound, seed))))
    for (let seed = 0; seed < 300; seed++) await outcomeOf(seed, () => readNpy(mutate(writeNpy(array), seed)))
    expect(outcomes).toContain('refused')
  })
})
