/** @file Types and shapes as HDF5 writes them (file format specification, sections IV.A.2.b and d). */
import type { DType, Shape } from '../../tensor/ndarray.ts'
import { BytesOut } from './bytes-out.ts'

/** A number: class and version, flags, bytes, then where its bits are. */
const TYPES: Readonly<Record<DType | 'f64', readonly number[]>> = {
  f32: [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0],
  f64: [0x11, 0x20, 0x3f, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0],
  i32: [0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0],
  u8: [0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0],
}

export function arrayType(dtype: DType | 'f64'): Uint8Array {
  return Uint8Array.from(TYPES[dtype])
}

/** UTF-8 of any length: 16 bytes that refer to a heap. */
export const TEXT_TYPE: Uint8Array = Uint8Array.of(0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0)

export const SCALAR_SPACE: Uint8Array = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)

/** The sizes, and once more as the largest that they may become, as h5py does. */
export function arraySpace(shape: Shape): Uint8Array {
  if (shape.length === 0) return SCALAR_SPACE
  const out = new BytesOut().bytes([1, shape.length, 1, 0]).u32(0)
  for (const size of [...shape, ...shape]) out.u64(size)
  return out.finish()
}
