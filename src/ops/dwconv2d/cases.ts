/**
 * @file Cases of the depthwise convolution: strips of 8 pixels by 4 channels, primes, one pixel, strides above the
 * kernel, dilation, lopsided padding.
 */
import type { OpCase } from '../../ir/node.ts'
import { type ConvSpec, convShapes, images, weights } from '../rules/cases.ts'

const same3x3 = { kernel: [3, 3], pads: [1, 1, 1, 1] } as const

const specs: readonly Omit<ConvSpec, 'filters'>[] = [
  { x: [1, 1, 1, 1], kernel: [1, 1] },
  { x: [2, 1, 1, 4], ...same3x3 },
  { x: [1, 3, 7, 3], ...same3x3 },
  { x: [2, 4, 8, 4], ...same3x3 },
  { x: [1, 5, 9, 5], ...same3x3 },
  { x: [1, 2, 17, 8], ...same3x3 },
  { x: [1, 5, 5, 13], kernel: [3, 3] },
  { x: [2, 6, 6, 3], kernel: [3, 3], strides: [2, 2], pads: [0, 1, 0, 1] },
  { x: [1, 9, 8, 12], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 0, 1] },
  { x: [1, 7, 9, 3], kernel: [2, 2], strides: [3, 4] },
  { x: [1, 8, 9, 6], kernel: [3, 2], dilation: [2, 3], pads: [2, 2, 1, 2] },
  { x: [1, 6, 11, 7], kernel: [5, 5], pads: [2, 2, 2, 2] },
  { x: [1, 2, 3, 4], kernel: [3, 3], pads: [2, 1, 3, 0] },
  { x: [1, 10, 10, 16], ...same3x3 },
  { x: [3, 4, 4, 8], ...same3x3 },
  { x: [1, 16, 16, 20], ...same3x3 },
  { x: [1, 12, 19, 4], kernel: [7, 7], pads: [3, 3, 3, 3] },
]

const shapes = specs.map((spec) => convShapes({ ...spec, filters: spec.x[3] }))

export const dwconv2dCases: readonly OpCase[] = shapes.map(({ x, kernel, channels, geometry }) => ({
  inputs: [images(x), weights([...kernel, channels])],
  attrs: geometry,
}))

export const dwconv2dGradXCases: readonly OpCase[] = shapes.map(({ dy, kernel, size, channels, geometry }) => ({
  inputs: [images(dy), weights([...kernel, channels])],
  attrs: { ...geometry, size },
}))

export const dwconv2dGradWCases: readonly OpCase[] = shapes.map(({ x, dy, kernel, geometry }) => ({
  inputs: [images(x), images(dy)],
  attrs: { ...geometry, kernel },
}))
