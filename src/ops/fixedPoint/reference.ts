/** @file Multiples of a small step, in f64. */

import type { ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'

const [LOWEST, HIGHEST] = [-(2 ** 31), 2 ** 31 - 1]

export const fixedPointReference: ReferenceKernel = ([x], attrs) =>
  x.data.map((value) => Math.min(Math.max(Math.trunc(value * num(attrs, 'scale')), LOWEST), HIGHEST))
