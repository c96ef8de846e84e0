/** @file Pictures under affine maps in f64, and the adjoint: the same pairs of pixels with the same shares. */
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { RefArray, ReferenceKernel } from '../reference-kernel.ts'
import { ONE_PIXEL } from './op.ts'

type Share = readonly [pixel: number, share: number]

/** The pixels at a point of one axis with their shares; those beyond the edges are replaced or left out. */
function sharesAt(point: number, size: number, { interpolation, fillMode }: Attrs): readonly Share[] {
  const below = Math.floor(point)
  const around: readonly Share[] =
    interpolation === 'nearest'
      ? [[Math.floor(point + 0.5), 1]]
      : [
          [below, 1 - (point - below)],
          [below + 1, point - below],
        ]
  return around
    .map(([pixel, share]): Share => [continued(pixel, size, fillMode), share])
    .filter(([pixel]) => pixel >= 0 && pixel < size)
}

/** The pixel that a row of `size` pixels shows in this place. */
function continued(pixel: number, size: number, fillMode: unknown): number {
  const modulo = (period: number) => ((pixel % period) + period) % period
  if (fillMode === 'nearest') return Math.min(Math.max(pixel, 0), size - 1)
  if (fillMode === 'wrap') return modulo(size)
  if (fillMode === 'reflect') return Math.min(modulo(2 * size), 2 * size - 1 - modulo(2 * size))
  return pixel
}

/** Visits the element numbers of y and x that meet, with the share of x in y. */
function eachShare(
  shape: Shape,
  matrix: RefArray,
  attrs: Attrs,
  visit: (y: number, x: number, share: number) => void,
): void {
  const [images, height, width, channels] = shape
  for (let n = 0; n < images; n++) {
    const [a, b, c, d, e, f] = matrix.data.subarray(6 * n, 6 * n + 6)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (const [row, vertical] of sharesAt((a * i + b * j + c) / ONE_PIXEL, height, attrs))
          for (const [column, horizontal] of sharesAt((d * i + e * j + f) / ONE_PIXEL, width, attrs))
            for (let channel = 0; channel < channels; channel++)
              visit(
                ((n * height + i) * width + j) * channels + channel,
                ((n * height + row) * width + column) * channels + channel,
                vertical * horizontal,
              )
  }
}

export const affine2dReference: ReferenceKernel = ([x, matrix], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  eachShare(out, matrix, attrs, (to, from, share) => {
    y[to] += share * x.data[from]
  })
  return y
}

export const affine2dGradReference: ReferenceKernel = ([dy, matrix], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  eachShare(out, matrix, attrs, (to, from, share) => {
    dx[from] += share * dy.data[to]
  })
  return dx
}
