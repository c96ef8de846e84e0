/** @file Parity of the matrix products with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { epilogueError, parityError } from '../kernel-parity.ts'
import { casesOf } from '../testing.ts'
import { matmulGradWOp, matmulGradXOp, matmulOp } from './op.ts'
import { matmulGradWKernel, matmulGradXKernel, matmulKernel } from './wasm.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

describe.each([
  { op: matmulOp, kernel: matmulKernel },
  { op: matmulGradXOp, kernel: matmulGradXKernel },
  { op: matmulGradWOp, kernel: matmulGradWKernel },
])('$op.name', ({ op, kernel }) => {
  it.each(casesOf(op))('$name', (test) => {
    expect(parityError(kernel, test)).toBeLessThan(1)
    if (op.traits.epilogue) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})
