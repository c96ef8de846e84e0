/** @file Rows with a single 1, in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

/** Puts a 1 into each row at the column that `place` names, if it is one. */
function rows(count: number, columns: number, place: (row: number) => number): Float64Array {
  const result = new Float64Array(count * columns)
  for (let row = 0; row < count; row++) {
    const column = place(row)
    if (column >= 0 && column < columns) result[row * columns + column] = 1
  }
  return result
}

export const oneHotReference: ReferenceKernel = ([labels], { classes }) =>
  rows(labels.data.length, classes as number, (row) => labels.data[row])

export const oneHotMaxReference: ReferenceKernel = ([scores]) => {
  const columns = scores.shape.at(-1) as number
  return rows(scores.data.length / columns, columns, (row) => {
    const values = scores.data.subarray(row * columns, (row + 1) * columns)
    return values.indexOf(Math.max(...values))
  })
}

export const oneHotBinReference: ReferenceKernel = ([x], { bins }) =>
  rows(x.data.length, bins as number, (row) => Math.ceil(x.data[row]) - 1)
