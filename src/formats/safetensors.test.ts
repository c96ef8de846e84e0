/** @file .safetensors files. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NdArray } from '../tensor/ndarray.ts'
import { mutate, outcomeOf } from './fuzz-testing.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

const arrays = new Map<string, NdArray>([
  ['bytes', new NdArray(Uint8Array.of(1, 2, 3), [3])],
  ['kernel', new NdArray(Float32Array.of(1, 2, 3, 4), [2, 2])],
  ['__proto__', new NdArray(Int32Array.of(-7), [])],
])

function file(header: unknown, numbers: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setUint32(0, json.length, true)
  return Uint8Array.from([...length, ...json, ...numbers])
}

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets })

describe('safetensors', () => {
  it('reads what it writes, and pollutes nothing', () => {
    const metadata = new Map([['format', 'separable']])
    const read = readSafetensors(writeSafetensors(arrays, metadata))
    expect(new Map([...read.arrays].sort())).toEqual(new Map([...arrays].sort()))
    expect(read.metadata).toEqual(metadata)
    expect(({} as { data?: unknown }).data).toBeUndefined()
  })

  it('aligns the header to 8 bytes and numbers to their size', () => {
    const bytes = writeSafetensors(arrays)
    expect(bytes[0] % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0] + 256 * bytes[1])))
    expect(header.bytes.data_offsets).toEqual([20, 23])
    expect(header.kernel).toEqual({ dtype: 'F32', shape: [2, 2], data_offsets: [4, 20] })
  })

  it('widens half precision', () => {
    const header = { a: entry('F16', [1], [0, 2]), b: entry('BF16', [1], [2, 4]), c: entry('BOOL', [1], [4, 5]) }
    const { arrays } = readSafetensors(file(header, [0x00, 0x3e, 0xc0, 0x3f, 1]))
    expect([...arrays.values()].map(({ dtype, data }) => [dtype, data[0]])).toEqual([
      ['f32', 1.5],
      ['f32', 1.5],
      ['u8', 1],
    ])
  })

  it.each([
    [file('{"a":'), 'data', 'x: header is not JSON'],
    [file('['.repeat(300)), 'data', 'x: header is nested too deeply: at most 200 levels'],
    [file([]), 'data', 'x: header must be a JSON object'],
    [file({ a: 1 }), 'data', 'x: a must be an object with dtype, shape and data_offsets, received: 1'],
    [file({ a: entry('C64', [1], [0, 8]) }), 'unsupported', 'x: a holds a kind of numbers that is not known'],
    [file({ a: entry('F32', [2], [0, 4]) }, [0, 0, 0, 0]), 'data', 'x: a needs 8 bytes for its shape'],
    [file({ a: entry('F32', [1], [4, 8]) }, Array(8).fill(0)), 'data', 'one should begin at 0, received: 4'],
    [file({ a: entry('F32', [1], [0, 4]) }, Array(8).fill(0)), 'data', 'should end with the file, after 8 bytes'],
    [file({ a: entry('U8', [-1], [0, 0]) }), 'data', 'x: a has a shape that cannot be, received: [-1]'],
    [file({ a: entry('U8', [1], [0]) }, [1]), 'data', 'x: a has data_offsets that cannot be, received: [0]'],
    [Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255), 'data', 'x is damaged: the number at byte 0 is no size'],
    [Uint8Array.of(1), 'data', 'x is damaged or cut off'],
  ])('refuses damaged files', (bytes, code, message) => {
    expect(() => readSafetensors(bytes, 'x')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('refuses mutated files clearly', async () => {
    const sound = writeSafetensors(arrays)
    for (let seed = 0; seed < 500; seed++) await outcomeOf(seed, () => readSafetensors(mutate(sound, seed)))
  })

  it('survives any bytes', async () => {
    const anything = fc.uint8Array({ maxLength: 64 })
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => void (await outcomeOf(0, () => readSafetensors(bytes)))),
    )
  })
})
