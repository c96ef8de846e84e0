/** @file Parity of the matrix products with the references. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { images, weights } from '../rules/cases.ts'
import { epilogueError, parityError } from '../testing/kernel-parity.ts'
import { casesOf } from '../testing/testing.ts'
import { matmulGradWKernel, matmulGradXKernel, matmulKernel } from './cpu.ts'
import { matmulGradWOp, matmulGradXOp, matmulOp } from './op.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** Several tiles of rows for each picture, the last one shorter; rows whose pitch makes the filter gradient copy them. */
const shapes = [
  { rows: [2, 9, 11], k: 70, n: 20 },
  { rows: [1, 7, 10], k: 256, n: 12 },
]

describe.each([
  {
    op: matmulOp,
    kernel: matmulKernel,
    large: shapes.map(({ rows, k, n }) => [images([...rows, k]), weights([k, n])]),
  },
  {
    op: matmulGradXOp,
    kernel: matmulGradXKernel,
    large: shapes.map(({ rows, k, n }) => [images([...rows, n]), weights([k, n])]),
  },
  {
    op: matmulGradWOp,
    kernel: matmulGradWKernel,
    large: shapes.map(({ rows, k, n }) => [images([...rows, k]), images([...rows, n])]),
  },
])('$op.name', ({ op, kernel, large }) => {
  it.each([...casesOf(op), ...casesOf({ ...op, cases: large.map((inputs) => ({ inputs })) })])('$name', (test) => {
    expect(parityError(kernel, test)).toBeLessThan(1)
    if (op.traits.epilogue) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})
