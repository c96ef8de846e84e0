/**
 * @file Event files that TensorBoard reads: TFRecord framing around the protocol buffers `Event` and `Summary`
 * (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto). Written by hand: six fields are all there is.
 */

/** Numbers by tag, or how often values lie where. */
export type SummaryValue =
  | { readonly tag: string; readonly value: number }
  | { readonly tag: string; readonly histogram: Histogram }

export interface Histogram {
  readonly min: number
  readonly max: number
  readonly num: number
  readonly sum: number
  readonly sumSquares: number
  /** The upper limits of the buckets, rising, and what lies in each. */
  readonly limits: readonly number[]
  readonly counts: readonly number[]
}

/** The first record of a file. @param wallTime seconds since 1970 */
export function eventFileHeader(wallTime: number): Uint8Array<ArrayBuffer> {
  return record([...double(1, wallTime), ...bytes(3, utf8('brain.Event:2'))])
}

/** Values of one step. @param wallTime seconds since 1970 */
export function summaryEvent(wallTime: number, step: number, values: readonly SummaryValue[]): Uint8Array<ArrayBuffer> {
  const summary = values.flatMap((value) => bytes(1, summaryValue(value)))
  return record([...double(1, wallTime), ...varintField(2, step), ...bytes(5, summary)])
}

/** Equal buckets between the smallest and the largest value. */
export function histogramOf(values: Float32Array, buckets = 30): Histogram {
  let [min, max, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    sumSquares += value * value
  }
  const width = max > min ? (max - min) / buckets : 1
  const counts = new Array<number>(buckets).fill(0)
  for (const value of values) counts[Math.min(Math.floor((value - min) / width), buckets - 1)] += 1
  const limits = counts.map((_, i) => min + width * (i + 1))
  return { min, max, num: values.length, sum, sumSquares, limits, counts }
}

function summaryValue(value: SummaryValue): number[] {
  const tag = bytes(1, utf8(value.tag))
  return 'value' in value ? [...tag, ...float(2, value.value)] : [...tag, ...bytes(5, histogram(value.histogram))]
}

function histogram({ min, max, num, sum, sumSquares, limits, counts }: Histogram): number[] {
  const doubles = [min, max, num, sum, sumSquares].flatMap((value, i) => double(i + 1, value))
  return [...doubles, ...bytes(6, limits.flatMap(float64)), ...bytes(7, counts.flatMap(float64))]
}

// ------------------------------------------------------------------------------ protocol buffers

/** Keys of fields: the number and how the value is written (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes). */
const key = (field: number, wire: number): number[] => varint(field * 8 + wire)

function varint(value: number): number[] {
  const result: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) result.push((rest % 128) | 128)
  return [...result, rest]
}

const varintField = (field: number, value: number): number[] => [...key(field, 0), ...varint(value)]
const double = (field: number, value: number): number[] => [...key(field, 1), ...float64(value)]
const bytes = (field: number, value: readonly number[]): number[] => [
  ...key(field, 2),
  ...varint(value.length),
  ...value,
]
const float = (field: number, value: number): number[] => [
  ...key(field, 5),
  ...littleEndian(4, (v) => v.setFloat32(0, value, true)),
]
const float64 = (value: number): number[] => littleEndian(8, (view) => view.setFloat64(0, value, true))
const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)]

function littleEndian(size: number, write: (view: DataView) => void): number[] {
  const view = new DataView(new ArrayBuffer(size))
  write(view)
  return [...new Uint8Array(view.buffer)]
}

// ------------------------------------------------------------------------------ TFRecord

/** Length, its checksum, data, their checksum (tensorflow/core/lib/io/record_writer.h). */
function record(data: readonly number[]): Uint8Array<ArrayBuffer> {
  const length = littleEndian(8, (view) => view.setUint32(0, data.length, true))
  const sum = (of: readonly number[]) => littleEndian(4, (view) => view.setUint32(0, masked(crc32c(of)), true))
  return Uint8Array.from([...length, ...sum(length), ...data, ...sum(data)])
}

/** A checksum over data that may hold checksums. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc >>> 0
})

function crc32c(data: readonly number[]): number {
  let crc = 0xffffffff
  for (const byte of data) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
