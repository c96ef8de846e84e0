/** @file Max-pooling and its gradient in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { nums } from '../rules/attrs.ts'
import { eachTap } from '../rules/taps.ts'

export const maxPool2dReference: ReferenceKernel = ([x], attrs, out) => {
  const y = new Float64Array(sizeOf(out)).fill(Number.NEGATIVE_INFINITY)
  const channels = out[3]
  eachTap(x.shape, nums(attrs, 'pool'), out, attrs, (xPixel, _, yPixel) => {
    for (let c = 0; c < channels; c++) {
      const i = yPixel * channels + c
      y[i] = Math.max(y[i], x.data[xPixel * channels + c])
    }
  })
  return y
}

export const maxPool2dGradReference: ReferenceKernel = ([x, y, dy], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  const given = new Uint8Array(y.data.length)
  const channels = out[3]
  eachTap(out, nums(attrs, 'pool'), y.shape, attrs, (xPixel, _, yPixel) => {
    for (let c = 0; c < channels; c++) {
      const [from, to] = [yPixel * channels + c, xPixel * channels + c]
      if (given[from] || x.data[to] !== y.data[from]) continue
      dx[to] += dy.data[from]
      given[from] = 1
    }
  })
  return dx
}
