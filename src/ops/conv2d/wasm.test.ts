/** @file Parity of the convolution and its gradients with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { epilogueError, parityError } from '../kernel-parity.ts'
import { casesOf } from '../testing.ts'
import { conv2dGradWOp, conv2dGradXOp, conv2dOp } from './op.ts'
import { conv2dGradWKernel, conv2dGradXKernel, conv2dKernel } from './wasm.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

describe.each([
  { op: conv2dOp, kernel: conv2dKernel },
  { op: conv2dGradXOp, kernel: conv2dGradXKernel },
  { op: conv2dGradWOp, kernel: conv2dGradWKernel },
])('$op.name', ({ op, kernel }) => {
  it.each(casesOf(op))('$name', (test) => {
    expect(parityError(kernel, test)).toBeLessThan(1)
    if (op.traits.epilogue) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})
