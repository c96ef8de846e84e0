/** @file Average-pooling and its gradient in f64. */
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { nums } from '../rules/attrs.ts'
import { eachTap } from '../rules/taps.ts'

/** Visits the element numbers of all x and y that meet in y += x / count; padding is not counted. */
function eachTerm(x: Shape, y: Shape, attrs: Attrs, visit: (x: number, y: number, count: number) => void): void {
  const pool = nums(attrs, 'pool')
  const channels = x[3]
  const counts = new Float64Array(sizeOf(y) / channels)
  eachTap(x, pool, y, attrs, (_, __, yPixel) => {
    counts[yPixel]++
  })
  eachTap(x, pool, y, attrs, (xPixel, _, yPixel) => {
    for (let c = 0; c < channels; c++) visit(xPixel * channels + c, yPixel * channels + c, counts[yPixel])
  })
}

export const avgPool2dReference: ReferenceKernel = ([x], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  eachTerm(x.shape, out, attrs, (ix, iy, count) => {
    y[iy] += x.data[ix] / count
  })
  return y
}

export const avgPool2dGradReference: ReferenceKernel = ([dy], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  eachTerm(out, dy.shape, attrs, (ix, iy, count) => {
    dx[ix] += dy.data[iy] / count
  })
  return dx
}
