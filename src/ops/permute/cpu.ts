/** @file Permuting axes in WebAssembly: in runs where the last axis stays the last one, else element by element. */
import { itemShape, type TensorType } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { copyLoops } from '../cpu/copy.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'
import { nums } from '../rules/attrs.ts'

export const permuteKernel: CpuKernel = {
  variants: () => ['copy'],
  units: () => 1,
  emit(f, params, call) {
    const { node } = call
    const [from, to] = [stepsOf(node.inputs[0]), stepsOf(node)]
    const loops = nums(node.attrs, 'order').map((axis, i) => ({
      count: itemShape(node)[i],
      fromStep: from[axis],
      toStep: to[i],
    }))
    const whole = () => copyLoops(f, loops, params.inputs[0], params.output)
    if (node.batched) forEachImage(f, params, call, whole)
    else whole()
  },
}

/** Elements from one index of each axis to the next, padding included. */
function stepsOf(type: TensorType): number[] {
  const item = itemShape(type)
  const steps = item.map(() => 1)
  for (let axis = item.length - 2; axis >= 0; axis--)
    steps[axis] = axis === item.length - 2 ? storageOf(type).pitch : steps[axis + 1] * item[axis + 1]
  return steps
}
