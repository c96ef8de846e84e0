/** @file Parity of the depthwise convolution and its gradients with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { epilogueError, parityError } from '../kernel-parity.ts'
import { casesOf } from '../testing.ts'
import { dwconv2dGradWOp, dwconv2dGradXOp, dwconv2dOp } from './op.ts'
import { dwconv2dGradWKernel, dwconv2dGradXKernel, dwconv2dKernel } from './wasm.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

describe.each([
  { op: dwconv2dOp, kernel: dwconv2dKernel },
  { op: dwconv2dGradXOp, kernel: dwconv2dGradXKernel },
  { op: dwconv2dGradWOp, kernel: dwconv2dGradWKernel },
])('$op.name', ({ op, kernel }) => {
  it.each(casesOf(op))('$name', (test) => {
    expect(parityError(kernel, test)).toBeLessThan(1)
    if (op.traits.epilogue) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})
