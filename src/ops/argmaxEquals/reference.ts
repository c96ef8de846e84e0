/** @file Whether the highest score is that of the label, in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const argmaxEqualsReference: ReferenceKernel = ([scores, labels]) => {
  const classes = scores.shape.at(-1) as number
  return labels.data.map((label, n) => {
    const row = scores.data.subarray(n * classes, (n + 1) * classes)
    return row.indexOf(Math.max(...row)) === label ? 1 : 0
  })
}
