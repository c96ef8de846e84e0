/** @file Parity of the convolution and its gradients with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { type ConvSpec, convShapes, images, weights } from '../rules/cases.ts'
import { epilogueError, parityError } from '../testing/kernel-parity.ts'
import { casesOf } from '../testing/testing.ts'
import { conv2dGradWKernel, conv2dGradXKernel, conv2dKernel } from './cpu.ts'
import { conv2dGradWOp, conv2dGradXOp, conv2dOp } from './op.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** Pointwise convolutions, whose pixels are rows as they lie; the last one's gradient copies them. */
const specs: ConvSpec[] = [
  { x: [2, 5, 7, 6], kernel: [1, 1], filters: 9 },
  { x: [1, 7, 10, 256], kernel: [1, 1], filters: 8 },
]
const shapes = specs.map((spec) => ({ w: [...spec.kernel, spec.x[3], spec.filters], ...convShapes(spec) }))

describe.each([
  {
    op: conv2dOp,
    kernel: conv2dKernel,
    more: shapes.map(({ x, w, geometry }) => ({ inputs: [images(x), weights(w)], attrs: geometry })),
  },
  {
    op: conv2dGradXOp,
    kernel: conv2dGradXKernel,
    more: shapes.map(({ dy, w, size, geometry }) => ({
      inputs: [images(dy), weights(w)],
      attrs: { ...geometry, size },
    })),
  },
  {
    op: conv2dGradWOp,
    kernel: conv2dGradWKernel,
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
