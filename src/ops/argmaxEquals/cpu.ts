/** @file Whether a row's first largest element is the labelled one, in WebAssembly: one pass that looks for a better one. */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachVector, maskLanes, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'

export const argmaxEqualsKernel: CpuKernel = rowKernel((f, { inputs: [scores, labels], output }, node) => {
  const { cols } = storageOf(node.inputs[0])
  const label = f.let(i32.load(labels))
  f.store(output, f32x4.const(0))
  f.if(i32.ltU(label, cols), () => {
    const target = f.let(i32x4.splat(label))
    const chosen = f.let(v128.loadSplat(i32.add(scores, i32.shl(label, 2))))
    const column = f.let(i32x4.lanes(0, 1, 2, 3))
    const beaten = f.let(i32x4.const(0))
    eachVector(f, cols, (offset, lanes) => {
      const score = f.let(v128.load(i32.add(scores, offset)))
      const earlierTie = v128.and(f32x4.eq(score, chosen), i32x4.ltS(column, target))
      const better = v128.or(f32x4.gt(score, chosen), earlierTie)
      f.set(beaten, v128.or(beaten, maskLanes(better, lanes, 0)))
      f.set(column, i32x4.add(column, i32x4.const(4)))
    })
    f.if(i32.eqz(v128.anyTrue(beaten)), () => f.store(output, f32x4.const(1)))
  })
})
