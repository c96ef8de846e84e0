/** @file Joining along the last axis in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'

export const concatReference: ReferenceKernel = (inputs, _, out) => {
  const y = new Float64Array(sizeOf(out))
  const rows = sizeOf(out.slice(0, -1))
  let at = 0
  for (let row = 0; row < rows; row++)
    for (const { data } of inputs) {
      const count = data.length / rows
      y.set(data.subarray(row * count, (row + 1) * count), at)
      at += count
    }
  return y
}
