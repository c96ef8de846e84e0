/** @file The encodings of numbers and strings in the binary format. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bytes } from './bytes.ts'

const encoded = (write: (bytes: Bytes) => void) => {
  const bytes = new Bytes()
  write(bytes)
  return [...bytes.view()]
}

/** Reads back what the specification defines: seven bits a byte, least significant first, the sign in the last. */
function decode(bytes: readonly number[], signed: boolean): bigint {
  const value = bytes.reduce((sum, byte, i) => sum + (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n)
  const negative = signed && (bytes[bytes.length - 1] & 0x40) !== 0
  return negative ? value - (1n << BigInt(7 * bytes.length)) : value
}

describe('LEB128', () => {
  it.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [16383, [0xff, 0x7f]],
    [16384, [0x80, 0x80, 0x01]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('writes %i unsigned', (value, bytes) => {
    expect(encoded((b) => b.uleb(value))).toEqual(bytes)
  })

  it.each([
    [0, [0]],
    [-1, [0x7f]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('writes %i signed', (value, bytes) => {
    expect(encoded((b) => b.sleb(value))).toEqual(bytes)
  })

  it('reads back as the same number', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 32 - 1),
        (n) =>
          decode(
            encoded((b) => b.uleb(n)),
            false,
          ) === BigInt(n),
      ),
    )
    fc.assert(
      fc.property(
        fc.integer(),
        (n) =>
          decode(
            encoded((b) => b.sleb(n)),
            true,
          ) === BigInt(n),
      ),
    )
  })

  it('takes addresses above 2 GiB as the same 32 bits', () => {
    expect(encoded((b) => b.sleb(2 ** 32 - 4))).toEqual(encoded((b) => b.sleb(-4)))
  })
})

describe('Bytes', () => {
  it('writes floats in little-endian order and strings with their length in bytes', () => {
    expect(encoded((b) => b.f32(1))).toEqual([0, 0, 0x80, 0x3f])
    expect(encoded((b) => b.name('é'))).toEqual([2, 0xc3, 0xa9])
  })

  it('grows past its first buffer, by steps and at once', () => {
    const bytes = new Bytes()
    for (let i = 0; i < 5000; i++) bytes.u8(i & 255)
    bytes.append(new Uint8Array(100_000).fill(7))
    expect(bytes.length).toBe(105_000)
    expect([...bytes.view().subarray(4998, 5002)]).toEqual([4998 & 255, 4999 & 255, 7, 7])
  })
})
