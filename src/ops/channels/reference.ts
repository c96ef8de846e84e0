/** @file Repeating channels and summing groups of channels in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'

export const repeatChannelsReference: ReferenceKernel = ([x], attrs, out) =>
  new Float64Array(sizeOf(out)).map((_, i) => x.data[Math.floor(i / num(attrs, 'times'))])

export const sumChannelGroupsReference: ReferenceKernel = ([x], attrs, out) => {
  const y = new Float64Array(sizeOf(out))
  const times = num(attrs, 'times')
  x.data.forEach((value, i) => {
    y[Math.floor(i / times)] += value
  })
  return y
}
