/** @file The convolution and its gradients in f64: the terms of one trilinear form, summed by y, by x or by w. */
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { eachTap } from '../rules/taps.ts'

/** Visits the element numbers of all x, w and y that meet in y += x w. */
function eachTerm(x: Shape, w: Shape, y: Shape, attrs: Attrs, visit: (x: number, w: number, y: number) => void): void {
  const [, , channels, filters] = w
  eachTap(x, w, y, attrs, (xPixel, tap, yPixel) => {
    for (let c = 0; c < channels; c++)
      for (let f = 0; f < filters; f++)
        visit(xPixel * channels + c, (tap * channels + c) * filters + f, yPixel * filters + f)
  })
}

export const conv2dReference: ReferenceKernel = ([x, w], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  eachTerm(x.shape, w.shape, out, attrs, (ix, iw, iy) => {
    y[iy] += x.data[ix] * w.data[iw]
  })
  return y
}

export const conv2dGradXReference: ReferenceKernel = ([dy, w], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  eachTerm(out, w.shape, dy.shape, attrs, (ix, iw, iy) => {
    dx[ix] += dy.data[iy] * w.data[iw]
  })
  return dx
}

export const conv2dGradWReference: ReferenceKernel = ([x, dy], attrs, out) => {
  const dw = new Float64Array(sizeOf(out))
  eachTerm(x.shape, out, dy.shape, attrs, (ix, iw, iy) => {
    dw[iw] += x.data[ix] * dy.data[iy]
  })
  return dw
}
