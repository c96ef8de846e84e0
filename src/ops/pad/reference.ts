/** @file Padding in f64: each element of the result looks where it came from. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { nums } from '../rules/attrs.ts'

export const padReference: ReferenceKernel = ([x], attrs, out) => {
  const pads = nums(attrs, 'pads')
  /** The batch is an axis without pads. */
  const leading = out.length - pads.length / 2
  return new Float64Array(sizeOf(out)).map((_, number) => {
    let rest = number
    let from = 0
    let stride = 1
    for (let axis = out.length - 1; axis >= 0; axis--) {
      const before = axis < leading ? 0 : pads[2 * (axis - leading)]
      const at = (rest % out[axis]) - before
      if (at < 0 || at >= x.shape[axis]) return 0
      from += at * stride
      stride *= x.shape[axis]
      rest = Math.floor(rest / out[axis])
    }
    return x.data[from]
  })
}
