/** @file Parity of the depthwise convolution and its gradients with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { type ConvSpec, convShapes, images, weights } from '../rules/cases.ts'
import { epilogueError, parityError } from '../testing/kernel-parity.ts'
import { casesOf } from '../testing/testing.ts'
import { dwconv2dGradWKernel, dwconv2dGradXKernel, dwconv2dKernel } from './cpu.ts'
import { dwconv2dGradWOp, dwconv2dGradXOp, dwconv2dOp } from './op.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** Windows wider than the registers hold, strides that share a factor with the dilation or do not, padding beyond the window. */
const specs: Omit<ConvSpec, 'filters'>[] = [
  { x: [2, 5, 21, 5], kernel: [2, 9], pads: [1, 0, 4, 4] },
  { x: [1, 11, 40, 4], kernel: [3, 3], strides: [2, 3], dilation: [3, 2], pads: [3, 3, 2, 2] },
  { x: [1, 9, 13, 4], kernel: [3, 3], strides: [4, 4], dilation: [2, 2], pads: [2, 2, 2, 2] },
  { x: [1, 3, 4, 4], kernel: [2, 2], pads: [3, 4, 5, 2] },
]
const shapes = specs.map((spec) => ({ w: [...spec.kernel, spec.x[3]], ...convShapes({ ...spec, filters: spec.x[3] }) }))

describe.each([
  {
    op: dwconv2dOp,
    kernel: dwconv2dKernel,
    more: shapes.map(({ x, w, geometry }) => ({ inputs: [images(x), weights(w)], attrs: geometry })),
  },
  {
    op: dwconv2dGradXOp,
    kernel: dwconv2dGradXKernel,
    more: shapes.map(({ dy, w, size, geometry }) => ({
      inputs: [images(dy), weights(w)],
      attrs: { ...geometry, size },
    })),
  },
  {
    op: dwconv2dGradWOp,
    kernel: dwconv2dGradWKernel,
    more: shapes.map(({ x, dy, kernel, geometry }) => ({
      inputs: [images(x), images(dy)],
      attrs: { ...geometry, kernel },
    })),
  },
])('$op.name', ({ op, kernel, more }) => {
  it.each([...casesOf(op), ...casesOf({ ...op, cases: more })])('$name', (test) => {
    expect(parityError(kernel, test)).toBeLessThan(1)
    if (op.traits.epilogue) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})
