/** @file The logarithm of the sum of exponentials, in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const logSumExpReference: ReferenceKernel = ([x], _attrs, out) => {
  const columns = x.shape.at(-1) as number
  return new Float64Array(out.reduce((product, n) => product * n, 1)).map((_, row) => {
    const values = x.data.subarray(row * columns, (row + 1) * columns)
    const largest = Math.max(...values)
    return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
  })
}
