/** @file The product of rows with a matrix and its gradients in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'

/** Visits the element numbers of all x [rows,K], w [K,N] and y [rows,N] that meet in y += x w. */
function eachTerm(rows: number, k: number, n: number, visit: (x: number, w: number, y: number) => void): void {
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) visit(r * k + i, i * n + j, r * n + j)
}

export const matmulReference: ReferenceKernel = ([x, w], _, out) => {
  const y = new Float64Array(sizeOf(out))
  const [k, n] = w.shape
  eachTerm(x.data.length / k, k, n, (ix, iw, iy) => {
    y[iy] += x.data[ix] * w.data[iw]
  })
  return y
}

export const matmulGradXReference: ReferenceKernel = ([dy, w], _, out) => {
  const dx = new Float64Array(sizeOf(out))
  const [k, n] = w.shape
  eachTerm(dy.data.length / n, k, n, (ix, iw, iy) => {
    dx[ix] += dy.data[iy] * w.data[iw]
  })
  return dx
}

export const matmulGradWReference: ReferenceKernel = ([x, dy], _, out) => {
  const dw = new Float64Array(sizeOf(out))
  const [k, n] = out
  eachTerm(x.data.length / k, k, n, (ix, iw, iy) => {
    dw[iw] += x.data[ix] * dy.data[iy]
  })
  return dw
}
