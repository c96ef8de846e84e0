/** @file The softmax and its gradient in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const softmaxReference: ReferenceKernel = ([x], _, out) => {
  const classes = out.at(-1) as number
  const y = new Float64Array(x.data.length)
  for (let row = 0; row < x.data.length; row += classes) {
    const scores = x.data.subarray(row, row + classes)
    const highest = Math.max(...scores)
    const powers = scores.map((score) => Math.exp(score - highest))
    const sum = powers.reduce((a, b) => a + b)
    y.set(
      powers.map((power) => power / sum),
      row,
    )
  }
  return y
}

export const softmaxGradReference: ReferenceKernel = ([y, dy], _, out) => {
  const classes = out.at(-1) as number
  const dx = new Float64Array(y.data.length)
  for (let row = 0; row < dx.length; row += classes) {
    let mean = 0
    for (let i = row; i < row + classes; i++) mean += y.data[i] * dy.data[i]
    for (let i = row; i < row + classes; i++) dx[i] = y.data[i] * (dy.data[i] - mean)
  }
  return dx
}
