/** @file Tests of event files: read back record by record, with checksums computed bit by bit. */
import { describe, expect, it } from 'vitest'
import { eventFileHeader, histogramOf, summaryEvent } from './tfevents.ts'

/** CRC-32C as the definition has it: long division by the reflected polynomial. */
function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1))
  }
  return ~crc >>> 0
}

const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

/** The data of a file that is one record. */
function unframed(record: Uint8Array): Uint8Array {
  const view = new DataView(record.buffer)
  const length = view.getUint32(0, true)
  const data = record.subarray(12, 12 + length)
  expect(record).toHaveLength(length + 16)
  expect(view.getUint32(4, true)).toBe(0)
  expect(view.getUint32(8, true)).toBe(masked(crc32c(record.subarray(0, 8))))
  expect(view.getUint32(12 + length, true)).toBe(masked(crc32c(data)))
  return data
}

/** The fields of a protocol buffer by number; each a number, or bytes. */
function fields(data: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const found = new Map<number, (number | Uint8Array)[]>()
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let at = 0
  /** Moves on, and says from where. */
  const skip = (length: number) => {
    at += length
    return at - length
  }
  const varint = () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = data[at++]
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  const read: { readonly [wire: number]: () => number | Uint8Array } = {
    0: varint,
    1: () => view.getFloat64(skip(8), true),
    2: () => {
      const begin = skip(varint())
      return data.subarray(begin, at)
    },
    5: () => view.getFloat32(skip(4), true),
  }
  while (at < data.length) {
    const key = varint()
    found.set(key >> 3, [...(found.get(key >> 3) ?? []), read[key & 7]()])
  }
  return found
}

const inner = (message: Map<number, (number | Uint8Array)[]>, field: number) =>
  (message.get(field) ?? []).map((value) => fields(value as Uint8Array))
const textOf = (value: unknown) => new TextDecoder().decode(value as Uint8Array)

describe('event files', () => {
  it('the checksum of the test is the published one', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283) // RFC 3720, appendix B.4
  })

  it('begin with their version', () => {
    const event = fields(unframed(eventFileHeader(1.5)))
    expect(event.get(1)).toEqual([1.5])
    expect(textOf(event.get(3)?.[0])).toBe('brain.Event:2')
  })

  it('hold numbers by tag', () => {
    const values = [
      { tag: 'epoch_loss', value: 0.25 },
      { tag: 'epoch_größe', value: -3 },
    ]
    const event = fields(unframed(summaryEvent(1e9 + 0.5, 300, values)))
    expect([event.get(1), event.get(2)]).toEqual([[1e9 + 0.5], [300]])
    const [summary] = inner(event, 5)
    const read = inner(summary, 1).map((value) => ({ tag: textOf(value.get(1)?.[0]), value: value.get(2)?.[0] }))
    expect(read).toEqual(values)
  })

  it('hold histograms whose buckets count every value', () => {
    const histogram = histogramOf(Float32Array.of(0, 1, 2, 2, 4), 4)
    expect(histogram).toEqual({
      min: 0,
      max: 4,
      num: 5,
      sum: 9,
      sumSquares: 25,
      limits: [1, 2, 3, 4],
      counts: [1, 1, 2, 1],
    })
    const event = fields(unframed(summaryEvent(1, 1, [{ tag: 'w', histogram }])))
    const [written] = inner(inner(inner(event, 5)[0], 1)[0], 5)
    const doubles = (value: unknown) => [...new Float64Array((value as Uint8Array).slice().buffer)]
    expect([1, 2, 3, 4, 5].map((field) => written.get(field)?.[0])).toEqual([0, 4, 5, 9, 25])
    expect(doubles(written.get(6)?.[0])).toEqual(histogram.limits)
    expect(doubles(written.get(7)?.[0])).toEqual(histogram.counts)
    expect(histogramOf(Float32Array.of(3, 3)).counts[0]).toBe(2)
  })
})
