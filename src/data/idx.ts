/**
 * @file The idx format of MNIST: two zero bytes, a type (8: unsigned bytes), the number of axes, their sizes as big-endian
 * 32-bit numbers, then the values.
 */
import { received, SeparableError } from '../base/errors.ts'
import { checkBytes } from '../formats/bytes.ts'
import { NdArray, showShape } from '../tensor/ndarray.ts'
import { sharedBytes } from '../tensor/shared.ts'

const UNSIGNED_BYTES = 8
const MAX_AXES = 4

/**
 * Decodes an idx file of unsigned bytes. The values are copied into shared memory.
 *
 * @param file what to call it in errors
 * @throws SeparableError (`data`) when the header is wrong or the length does not match it
 */
export function parseIdx(bytes: Uint8Array, file = 'idx file'): NdArray<Uint8Array> {
  checkBytes(file, bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = bytes.length >= 4 ? view.getUint32(0) : 0
  const axes = magic - (UNSIGNED_BYTES << 8)
  if (axes < 1 || axes > MAX_AXES)
    throw new SeparableError(
      'data',
      `${file} is not an idx file of bytes: it starts ${received(hex(bytes.subarray(0, 4)))}`,
    )
  const header = 4 + 4 * axes
  const shape = bytes.length < header ? [] : Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const expected = shape.reduce((size, n) => size * n, 1)
  if (shape.length === 0 || bytes.length - header !== expected)
    throw new SeparableError(
      'data',
      `${file} is truncated or too long: its header says ${showShape(shape)}, received: ${bytes.length} bytes`,
    )
  const values = sharedBytes(expected)
  values.set(bytes.subarray(header))
  return new NdArray(values, shape)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
