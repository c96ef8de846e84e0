/** @file Dropout in WebAssembly: what stays of four elements at a time. */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachWord } from '../cpu/random-bits.ts'
import { num } from '../rules/attrs.ts'
import { dropoutThreshold } from './op.ts'

export const dropoutKernel: CpuKernel = {
  variants: () => ['v4'],
  emit(f, params, call) {
    const rate = num(call.node.attrs, 'rate')
    const [x] = params.inputs
    eachWord(f, params, call, (word, at) => {
      const kept = i32x4.geU(word, i32x4.const(dropoutThreshold(rate)))
      const scaled = f32x4.mul(v128.load(i32.add(x, at)), f32x4.const(1 / (1 - rate)))
      f.store(i32.add(params.output, at), v128.and(kept, scaled))
    })
  },
}
