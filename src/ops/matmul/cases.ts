/** @file Cases of the matrix products: around register tiles of 4 or 6 rows by 8 columns, primes, one of each, pictures. */
import type { OpCase } from '../../ir/node.ts'
import { images, weights } from '../rules/cases.ts'

interface Spec {
  readonly rows: readonly number[]
  readonly k: number
  readonly n: number
}

const specs: readonly Spec[] = [
  { rows: [1], k: 1, n: 1 },
  { rows: [2], k: 3, n: 5 },
  { rows: [3], k: 4, n: 7 },
  { rows: [4], k: 8, n: 8 },
  { rows: [5], k: 6, n: 9 },
  { rows: [6], k: 5, n: 16 },
  { rows: [7], k: 17, n: 15 },
  { rows: [13], k: 11, n: 10 },
  { rows: [2, 3], k: 7, n: 6 },
  { rows: [1, 1, 1], k: 4, n: 4 },
  { rows: [2, 5, 5], k: 12, n: 10 },
  { rows: [3, 1, 7], k: 3, n: 8 },
  { rows: [2, 4, 6], k: 8, n: 24 },
  { rows: [1, 8, 8], k: 16, n: 24 },
  { rows: [1, 16, 16], k: 20, n: 24 },
  { rows: [9], k: 128, n: 10 },
]

export const matmulCases: readonly OpCase[] = specs.map(({ rows, k, n }) => ({
  inputs: [images([...rows, k]), weights([k, n])],
}))

export const matmulGradXCases: readonly OpCase[] = specs.map(({ rows, k, n }) => ({
  inputs: [images([...rows, n]), weights([k, n])],
}))

export const matmulGradWCases: readonly OpCase[] = specs.map(({ rows, k, n }) => ({
  inputs: [images([...rows, k]), images([...rows, n])],
}))
