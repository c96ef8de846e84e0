/**
 * @file Cases of the convolution: tiles of 4, 6 and 8, primes, one pixel, strides above the kernel, dilation, lopsided
 * padding, channels that are no multiple of 4, and plain 3x3 layers of the sizes that Winograd kernels take.
 */
import type { OpCase } from '../../ir/node.ts'
import { type ConvSpec, convShapes, images, weights } from '../rules/cases.ts'

const same3x3 = { kernel: [3, 3], pads: [1, 1, 1, 1] } as const

const specs: readonly ConvSpec[] = [
  { x: [1, 1, 1, 1], kernel: [1, 1], filters: 1 },
  { x: [2, 1, 1, 3], filters: 5, ...same3x3 },
  { x: [1, 5, 5, 2], kernel: [3, 3], filters: 3 },
  { x: [2, 7, 5, 3], filters: 7, ...same3x3 },
  { x: [1, 5, 7, 5], kernel: [2, 3], filters: 9, pads: [0, 1, 1, 1] },
  { x: [2, 6, 6, 3], kernel: [3, 3], filters: 4, strides: [2, 2], pads: [0, 1, 0, 1] },
  { x: [1, 9, 8, 4], kernel: [3, 3], filters: 8, strides: [2, 2], pads: [1, 1, 0, 1] },
  { x: [1, 7, 9, 3], kernel: [2, 2], filters: 5, strides: [3, 4] },
  { x: [1, 8, 9, 3], kernel: [3, 2], filters: 4, dilation: [2, 3], pads: [2, 2, 1, 2] },
  { x: [3, 4, 3, 6], kernel: [1, 1], filters: 11, strides: [2, 2] },
  { x: [1, 6, 11, 5], kernel: [5, 5], filters: 3, pads: [2, 2, 2, 2] },
  { x: [1, 2, 3, 4], kernel: [3, 3], filters: 8, pads: [2, 1, 3, 0] },
  { x: [1, 12, 12, 3], filters: 16, ...same3x3 },
  { x: [1, 16, 16, 20], filters: 24, ...same3x3 },
  { x: [1, 4, 4, 4], filters: 4, ...same3x3 },
  { x: [3, 4, 4, 16], filters: 8, ...same3x3 },
  { x: [2, 5, 5, 8], filters: 8, ...same3x3 },
  { x: [1, 6, 6, 4], filters: 8, ...same3x3 },
  { x: [1, 6, 9, 8], filters: 8, ...same3x3 },
  { x: [1, 7, 7, 8], filters: 12, ...same3x3 },
  { x: [2, 8, 8, 8], filters: 16, ...same3x3 },
  { x: [1, 9, 9, 12], filters: 8, ...same3x3 },
  { x: [2, 16, 16, 8], filters: 8, ...same3x3 },
]

const shapes = specs.map(convShapes)

export const conv2dCases: readonly OpCase[] = shapes.map(({ x, kernel, channels, filters, geometry }) => ({
  inputs: [images(x), weights([...kernel, channels, filters])],
  attrs: geometry,
}))

export const conv2dGradXCases: readonly OpCase[] = shapes.map(({ dy, kernel, size, channels, filters, geometry }) => ({
  inputs: [images(dy), weights([...kernel, channels, filters])],
  attrs: { ...geometry, size },
}))

export const conv2dGradWCases: readonly OpCase[] = shapes.map(({ x, dy, kernel, geometry }) => ({
  inputs: [images(x), images(dy)],
  attrs: { ...geometry, kernel },
}))
