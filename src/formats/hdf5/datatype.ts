/** @file Types and shapes of HDF5 (file format specification, sections IV.A.2.b and d), as far as arrays of numbers and texts go. */
import type { Shape } from '../../tensor/ndarray.ts'
import { MAX_RANK, type ScalarType } from '../arrays.ts'
import { type Bytes, damaged } from '../bytes.ts'
import { HEAP_REFERENCE_BYTES } from './heap.ts'

/** What the elements of a data set or an attribute are; `bytes` of each in the file. */
export type ElementType =
  | { readonly kind: 'number'; readonly bytes: number; readonly scalar: ScalarType; readonly littleEndian: boolean }
  /** Texts of a fixed length, padded with NUL or spaces. */
  | { readonly kind: 'text'; readonly bytes: number }
  /** Texts of any length, kept in a global heap. */
  | { readonly kind: 'heapText'; readonly bytes: number }
  /** Bytes without a meaning of their own. */
  | { readonly kind: 'opaque'; readonly bytes: number }
  | { readonly kind: 'other'; readonly bytes: number; readonly name: string }

const CLASSES = [
  'integers',
  'floats',
  'times',
  'texts',
  'bits',
  'opaque bytes',
  'records',
  'references',
  'enumerations',
]

export function parseType(body: Bytes, at = 0): ElementType {
  const kind = body.u8(at) & 15
  const flags = body.u8(at + 1)
  const bytes = body.u32(at + 4)
  const other = { kind: 'other', bytes, name: CLASSES[kind] ?? 'variable lengths' } as const
  if (kind === 0) return number(integerOf(bytes, (flags & 8) !== 0), flags) ?? other
  if (kind === 1) return number(floatOf(body, at, bytes), flags) ?? other
  if (kind === 3) return { kind: 'text', bytes }
  if (kind === 5) return { kind: 'opaque', bytes }
  if (kind === 8 && bytes === 1) return { kind: 'number', bytes, scalar: 'bool', littleEndian: true }
  if (kind === 9 && (flags & 15) === 1 && bytes === HEAP_REFERENCE_BYTES) return { kind: 'heapText', bytes }
  return other
}

function number(scalar: ScalarType | undefined, flags: number): ElementType | undefined {
  if (!scalar) return undefined
  return { kind: 'number', bytes: Number(scalar.replace(/\D/g, '')) / 8, scalar, littleEndian: (flags & 1) === 0 }
}

function integerOf(bytes: number, signed: boolean): ScalarType | undefined {
  const bits = 8 * bytes
  return [8, 16, 32, 64].includes(bits) ? (`${signed ? 'i' : 'u'}${bits}` as ScalarType) : undefined
}

/** IEEE 754, told by size and number of bits in the exponent. */
function floatOf(body: Bytes, at: number, bytes: number): ScalarType | undefined {
  const exponentBits = body.u8(at + 13)
  const known: Record<string, ScalarType> = { '2 5': 'f16', '2 8': 'bf16', '4 8': 'f32', '8 11': 'f64' }
  return known[`${bytes} ${exponentBits}`]
}

/** The sizes along each axis; [] for a single element, [0] for none at all. */
export function parseSpace(body: Bytes): Shape {
  const version = body.u8(0)
  const rank = body.u8(1)
  if (version < 1 || version > 2) throw damaged(body.what, 'has a shape of no known version', version)
  if (version === 2 && body.u8(3) === 2) return [0]
  if (rank > MAX_RANK) throw damaged(body.what, `has too many axes: at most ${MAX_RANK}`, rank)
  return Array.from({ length: rank }, (_, axis) => body.u64((version === 1 ? 8 : 4) + 8 * axis))
}
