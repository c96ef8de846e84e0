/** @file Rectangles of other pictures in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const pasteReference: ReferenceKernel = ([x, patch, box]) => {
  const [, height, width, channels] = x.shape
  return x.data.map((value, element) => {
    const j = Math.floor(element / channels) % width
    const i = Math.floor(element / channels / width) % height
    const n = Math.floor(element / channels / width / height)
    const [top, bottom, left, right] = box.data.subarray(4 * n, 4 * n + 4)
    return i >= top && i < bottom && j >= left && j < right ? patch.data[element] : value
  })
}
