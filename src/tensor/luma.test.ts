/** @file The brightness of colours as Pillow 12.3 gives it: `Image.new("RGB", (1, 1), color).convert("L").getpixel((0, 0))`. */
import { expect, it } from 'vitest'
import { luma } from './luma.ts'

it.each([
  [[255, 0, 0], 76],
  [[0, 255, 0], 150],
  [[0, 0, 255], 29],
  [[255, 255, 255], 255],
  [[1, 1, 1], 1],
  [[9, 8, 7], 8],
  [[0, 0, 4], 0],
  [[0, 0, 5], 1],
  [[200, 100, 50], 124],
  [[12, 200, 34], 125],
])('of %j is %s', ([red, green, blue], expected) => {
  expect(luma(red, green, blue)).toBe(expected)
})
