/** @file The sum over all axes but the last in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const sumLeadingReference: ReferenceKernel = ([x], _, [channels]) => {
  const y = new Float64Array(channels)
  x.data.forEach((value, i) => {
    y[i % channels] += value
  })
  return y
}
