/** @file What users pass where an array is wanted: an NdArray, one of another copy of this library, or plain lists. */
import { received, SeparableError } from '../base/errors.ts'
import { NdArray, type TypedArray } from './ndarray.ts'

/** Whether this is an NdArray, be it of another copy of this library. */
export function isNdArray(value: unknown): value is NdArray {
  if (value instanceof NdArray) return true
  const { data, shape } = Object(value) as { readonly data?: unknown; readonly shape?: unknown }
  return ArrayBuffer.isView(data) && Array.isArray(shape)
}

/** Whether this is a list of numbers, or of such lists. */
export function isNested(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [first] = value
  return typeof first === 'number' || typeof first === 'bigint' || Array.isArray(first) || value.length === 0
}

/**
 * The array.
 * @param what `fit: x`
 * @throws SeparableError (`argument`) when it is none
 */
export function asArray(value: unknown, what: string): NdArray {
  if (value instanceof NdArray) return value
  if (isNdArray(value)) return new NdArray(value.data as TypedArray, value.shape)
  if (isNested(value)) return NdArray.from(value as number[])
  const cure = ArrayBuffer.isView(value) ? ', which new NdArray(data, shape) makes of numbers' : ' or lists of numbers'
  throw new SeparableError('argument', `${what} must be an NdArray${cure}, ${received(value)}`)
}
