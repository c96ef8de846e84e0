/** @file Windows of pictures in f64: each element of the window looks where it came from. */
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { RefArray, ReferenceKernel } from '../reference-kernel.ts'
import { nums } from '../rules/attrs.ts'

/** Calls `visit` with the numbers of each element of the windows and of its source, where it has one. */
function eachSource(
  { windows, pictures, places, attrs }: { windows: Shape; pictures: Shape; places: RefArray; attrs: Attrs },
  visit: (element: number, source: number) => void,
): void {
  const [, h, w, channels] = windows
  const [, height, width] = pictures
  const [above, before] = nums(attrs, 'padding')
  for (let element = 0; element < sizeOf(windows); element++) {
    const c = element % channels
    const j = Math.floor(element / channels) % w
    const i = Math.floor(element / channels / w) % h
    const n = Math.floor(element / channels / w / h)
    const [top, left, vertically, horizontally] = places.data.subarray(4 * n, 4 * n + 4)
    const row = top - above + (vertically % 2 ? h - 1 - i : i)
    const column = left - before + (horizontally % 2 ? w - 1 - j : j)
    if (row >= 0 && row < height && column >= 0 && column < width)
      visit(element, ((n * height + row) * width + column) * channels + c)
  }
}

export const cropReference: ReferenceKernel = ([x, places], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  eachSource({ windows: out, pictures: x.shape, places, attrs }, (element, source) => {
    y[element] = x.data[source]
  })
  return y
}

export const cropGradReference: ReferenceKernel = ([dy, places], attrs, out) => {
  const dx = new Float64Array(sizeOf(out))
  eachSource({ windows: dy.shape, pictures: out, places, attrs }, (element, source) => {
    dx[source] = dy.data[element]
  })
  return dx
}
