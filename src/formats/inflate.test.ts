/** @file Unpacking, against zlib. */
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutate, outcomeOf } from './fuzz-testing.ts'
import { inflate } from './inflate.ts'

const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY } = constants
const text = new TextEncoder().encode('depthwise separable '.repeat(300).replaceAll('e ', 'a '))

describe('inflate', () => {
  it.each([Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE])('returns what zlib packed, strategy %i', (strategy) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom('a', 'abc', 'x'.repeat(300), '\0'), { maxLength: 200 })
        .map((parts) => new TextEncoder().encode(parts.join(''))),
    )
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 9 }), (data, level) => {
        expect(Buffer.compare(inflate(deflateRawSync(data, { level, strategy }), data.length, 'x'), data)).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  it('copies over the longest lengths and distances', () => {
    const far = Uint8Array.from({ length: 80_000 }, (_, i) =>
      i < 32_768 ? (i * 7919) >> 3 : (i * 7919 - 32_768 * 7919) >> 3,
    )
    expect(Buffer.compare(inflate(deflateRawSync(far), far.length, 'x'), far)).toBe(0)
  })

  it.each([text.length - 1, text.length + 1, 0])('refuses another size than it was told: %i', (size) => {
    expect(() => inflate(deflateRawSync(text), size, 'x')).toThrow(
      /^x cannot be unpacked: it (is longer than|should have) \d+ bytes/,
    )
  })

  it('refuses damaged bytes clearly', async () => {
    for (let seed = 0; seed < 500; seed++)
      await outcomeOf(seed, () => inflate(mutate(deflateRawSync(text), seed), text.length, 'x'))
  })
})
