/** @file Bytes to numbers in f64. */

import type { ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'

export const castReference: ReferenceKernel = ([x], attrs) =>
  x.data.map((byte) => byte * num(attrs, 'scale') + num(attrs, 'offset'))
