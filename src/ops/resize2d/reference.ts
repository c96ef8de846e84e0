/** @file Resizing and its adjoint in f64: the same pairs of pixels with the same shares, read in either direction. */
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'

/** Which of `given` pixels make pixel `i` of `wanted` along one axis, and with which share. */
function sources(i: number, given: number, wanted: number, interpolation: unknown): [pixel: number, share: number][] {
  if (interpolation === 'nearest') return [[Math.floor(((i + 0.5) * given) / wanted), 1]]
  const place = ((i + 0.5) * given) / wanted - 0.5
  const below = Math.floor(place)
  const inside = (pixel: number) => Math.min(Math.max(pixel, 0), given - 1)
  return [
    [inside(below), 1 - (place - below)],
    [inside(below + 1), place - below],
  ]
}

/** Visits the element numbers of all x and y that meet, with the share of x in y. */
function eachShare(x: Shape, y: Shape, attrs: Attrs, visit: (x: number, y: number, share: number) => void): void {
  const [images, height, width, channels] = y
  for (let n = 0; n < images; n++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (const [p, vertical] of sources(i, x[1], height, attrs.interpolation))
          for (const [q, horizontal] of sources(j, x[2], width, attrs.interpolation))
            for (let c = 0; c < channels; c++)
              visit(
                ((n * x[1] + p) * x[2] + q) * channels + c,
                ((n * height + i) * width + j) * channels + c,
                vertical * horizontal,
              )
}

export const resize2dReference: ReferenceKernel = ([x], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  eachShare(x.shape, out, attrs, (ix, iy, share) => {
    y[iy] += share * x.data[ix]
  })
  return y
}

export const resize2dGradReference: ReferenceKernel = ([dy], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  eachShare(out, dy.shape, attrs, (ix, iy, share) => {
    dx[ix] += share * dy.data[iy]
  })
  return dx
}
