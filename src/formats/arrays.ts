/**
 * @file Numbers as files store them, and as this library holds them: all floats become f32, bytes and truth values u8, all
 * other integers i32.
 */

import { received, SeparableError } from '../base/errors.ts'
import { type DType, NdArray, type Shape, type TypedArray } from '../tensor/ndarray.ts'
import { damaged } from './bytes.ts'

/** Arrays by their names, in the order of the file. */
export type NamedArrays = ReadonlyMap<string, NdArray>

/** The most axes that an array in a file may have. */
export const MAX_RANK = 32

/** @throws SeparableError (`argument`) unless it is an NdArray */
export function checkArray(owner: string, array: unknown): void {
  if (!(array instanceof NdArray))
    throw new SeparableError('argument', `${owner}: the array must be an NdArray, ${received(array)}`)
}

/** @throws SeparableError (`argument`) unless it is a map of arrays by their names */
export function checkArrays(owner: string, arrays: unknown): void {
  if (!(arrays instanceof Map))
    throw new SeparableError('argument', `${owner}: the arrays must be a Map of NdArrays by name, ${received(arrays)}`)
  for (const [name, array] of arrays) {
    if (typeof name !== 'string')
      throw new SeparableError('argument', `${owner}: the name of an array must be a text, ${received(name)}`)
    checkArray(`${owner}: ${name}`, array)
  }
}

interface Format {
  readonly bytes: number
  readonly dtype: DType
  read(view: DataView, at: number, littleEndian: boolean): number
}

const formats = {
  bool: { bytes: 1, dtype: 'u8', read: (view, at) => view.getUint8(at) },
  u8: { bytes: 1, dtype: 'u8', read: (view, at) => view.getUint8(at) },
  i8: { bytes: 1, dtype: 'i32', read: (view, at) => view.getInt8(at) },
  u16: { bytes: 2, dtype: 'i32', read: (view, at, little) => view.getUint16(at, little) },
  i16: { bytes: 2, dtype: 'i32', read: (view, at, little) => view.getInt16(at, little) },
  u32: { bytes: 4, dtype: 'i32', read: (view, at, little) => view.getUint32(at, little) },
  i32: { bytes: 4, dtype: 'i32', read: (view, at, little) => view.getInt32(at, little) },
  u64: { bytes: 8, dtype: 'i32', read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i64: { bytes: 8, dtype: 'i32', read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f16: { bytes: 2, dtype: 'f32', read: (view, at, little) => halfToNumber(view.getUint16(at, little)) },
  bf16: { bytes: 2, dtype: 'f32', read: (view, at, little) => bfloatToNumber(view.getUint16(at, little)) },
  f32: { bytes: 4, dtype: 'f32', read: (view, at, little) => view.getFloat32(at, little) },
  f64: { bytes: 8, dtype: 'f32', read: (view, at, little) => view.getFloat64(at, little) },
} satisfies Record<string, Format>

/** A kind of number in a file. */
export type ScalarType = keyof typeof formats

/** Bytes of one number. */
function scalarBytes(type: ScalarType): number {
  return formats[type].bytes
}

/**
 * Bytes that an array of this shape takes in a file.
 * @throws SeparableError (`data`) when there are too many axes, or a size is none
 */
export function arrayBytes(type: ScalarType, shape: Shape, what: string): number {
  if (shape.length > MAX_RANK) throw damaged(what, `has too many axes: at most ${MAX_RANK}`, shape.length)
  let bytes = scalarBytes(type)
  for (const size of shape) {
    bytes *= size
    if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(bytes))
      throw damaged(what, 'has a shape that cannot be', shape)
  }
  return bytes
}

const ARRAYS = { f32: Float32Array, u8: Uint8Array, i32: Int32Array } as const

/**
 * The numbers in `bytes`, which must be exactly as many as the shape says.
 * @throws SeparableError (`data`) when they are not, or an integer does not fit into 32 bits
 */
export function decodeArray(
  bytes: Uint8Array,
  type: ScalarType,
  shape: Shape,
  what: string,
  littleEndian = true,
): NdArray {
  if (arrayBytes(type, shape, what) !== bytes.length)
    throw damaged(what, `needs ${arrayBytes(type, shape, what)} bytes for its shape`, bytes.length)
  const format: Format = formats[type]
  const count = bytes.length / format.bytes
  const Constructor = ARRAYS[format.dtype]
  // The machines that WebAssembly runs on are little-endian: these are the bytes already.
  if (littleEndian && (type === 'f32' || type === 'i32' || type === 'u8'))
    return new NdArray<TypedArray>(new Constructor(new Uint8Array(bytes).buffer), shape)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const data: TypedArray = new Constructor(count)
  for (let i = 0; i < count; i++) {
    const value = format.read(view, i * format.bytes, littleEndian)
    data[i] = value
    if (format.dtype === 'i32' && data[i] !== value)
      throw damaged(what, 'holds an integer that does not fit into 32 bits', value)
  }
  return new NdArray(data, shape)
}

/** Whole numbers as f64, which is exact up to 2^53; the bytes must be a whole number of them. */
export function decodeIntegers(bytes: Uint8Array, type: ScalarType): Float64Array<ArrayBuffer> {
  const format: Format = formats[type]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.length / format.bytes }, (_, i) => format.read(view, i * format.bytes, true))
}

/** The bytes of an array as it is, little-endian. */
export function encodeArray({ data }: NdArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)

/** The upper half of an f32. */
function bfloatToNumber(bits: number): number {
  word[0] = bits << 16
  return float[0]
}
