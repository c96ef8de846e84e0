/** @file How a window slides over pictures, for the references: which pixel meets which tap of the window, and for which result. */
import type { Attrs } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { nums } from './attrs.ts'

/**
 * Visits, result pixel by result pixel and each window in row-major order, all taps that lie inside the picture. Numbers
 * count pixels of x [N,H,W,..] and y [N,Ho,Wo,..] and taps of the window [KH,KW] in row-major order.
 */
export function eachTap(
  x: Shape,
  window: Shape,
  y: Shape,
  attrs: Attrs,
  visit: (xPixel: number, tap: number, yPixel: number) => void,
): void {
  const [, height, width] = x
  const [images, rows, columns] = y
  const [strideDown, strideRight] = nums(attrs, 'strides')
  const [dilationDown, dilationRight] = attrs.dilation ? nums(attrs, 'dilation') : [1, 1]
  const [top, , left] = nums(attrs, 'pads')
  for (let n = 0; n < images; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let u = 0; u < window[0]; u++)
          for (let v = 0; v < window[1]; v++) {
            const p = i * strideDown + u * dilationDown - top
            const q = j * strideRight + v * dilationRight - left
            if (p < 0 || p >= height || q < 0 || q >= width) continue
            visit((n * height + p) * width + q, u * window[1] + v, (n * rows + i) * columns + j)
          }
}
