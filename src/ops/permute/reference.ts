/** @file Permuting axes in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { nums } from '../rules/attrs.ts'

export const permuteReference: ReferenceKernel = ([x], attrs, out) => {
  const order = nums(attrs, 'order')
  /** The batch stays in front. */
  const leading = out.length - order.length
  const axes = [...out.keys()].map((axis) => (axis < leading ? axis : leading + order[axis - leading]))
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)))
  return new Float64Array(sizeOf(out)).map((_, number) => {
    let rest = number
    let from = 0
    for (let axis = out.length - 1; axis >= 0; axis--) {
      from += (rest % out[axis]) * strides[axes[axis]]
      rest = Math.floor(rest / out[axis])
    }
    return x.data[from]
  })
}
