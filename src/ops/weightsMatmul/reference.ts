/** @file The product of two matrices of weights in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const weightsMatmulReference: ReferenceKernel = ([a, b], _, [rows, columns]) => {
  const y = new Float64Array(rows * columns)
  const inner = b.shape[0]
  for (let m = 0; m < rows; m++)
    for (let n = 0; n < columns; n++)
      for (let k = 0; k < inner; k++) y[m * columns + n] += a.data[m * inner + k] * b.data[k * columns + n]
  return y
}
