/** @file Padding in WebAssembly: zeros first, then what is left of x, in runs as long as both sides have them in one piece. */
import { i32 } from '../../codegen/expr.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { type CopyLoop, copyLoops } from '../cpu/copy.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'
import { nums } from '../rules/attrs.ts'

export const padKernel: CpuKernel = {
  variants: () => ['runs'],
  units: () => 1,
  emit(f, params, call) {
    const { node } = call
    const { from, to, loops } = keptOf(node)
    const whole = () => {
      if (nums(node.attrs, 'pads').some((n) => n > 0)) f.zero(params.output, storageOf(node).bytes)
      copyLoops(f, loops, i32.add(params.inputs[0], 4 * from), i32.add(params.output, 4 * to))
    }
    if (node.batched) forEachImage(f, params, call, whole)
    else whole()
  },
}

/** What is copied of an item: where it begins on both sides, and one loop for each axis, outermost first. In elements. */
interface Kept {
  readonly from: number
  readonly to: number
  readonly loops: readonly CopyLoop[]
}

function keptOf(node: Node): Kept {
  const [x] = node.inputs
  const [inside, outside] = [itemShape(x), itemShape(node)]
  const pads = nums(node.attrs, 'pads')
  const loops: CopyLoop[] = []
  let [from, to] = [0, 0]
  let [fromStep, toStep] = [1, 1]
  for (let axis = inside.length - 1; axis >= 0; axis--) {
    const [before, after] = pads.slice(2 * axis)
    const isLast = axis === inside.length - 1
    // Rows that stay whole are copied with the padding behind them, so that many can make one run.
    const size = isLast && before === 0 && after === 0 ? storageOf(x).pitch : inside[axis]
    const first = Math.max(0, -before)
    const count = size - first - Math.max(0, -after)
    from += first * fromStep
    to += (first + before) * toStep
    const [inner] = loops
    if (inner && inner.count * inner.fromStep === fromStep && inner.count * inner.toStep === toStep)
      loops[0] = { ...inner, count: inner.count * count }
    else loops.unshift({ count, fromStep, toStep })
    fromStep *= isLast ? storageOf(x).pitch : inside[axis]
    toStep *= isLast ? storageOf(node).pitch : outside[axis]
  }
  return { from, to, loops }
}
