/** @file Bytes to numbers in f64. */
import { num, type ReferenceKernel } from '../kernel.ts'

export const castReference: ReferenceKernel = ([x], attrs) =>
  x.data.map((byte) => byte * num(attrs, 'scale') + num(attrs, 'offset'))
