/** @file Whole numbers for each image in WebAssembly: the upper half of a word times the choices, and its upper half again. */
import { i32, i32x4 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachWord } from '../cpu/random-bits.ts'
import { nums } from '../rules/attrs.ts'

export const drawKernel: CpuKernel = {
  variants: () => ['v4'],
  emit(f, params, call) {
    const [a, b = 1, c = 1, d = 1] = nums(call.node.attrs, 'choices')
    eachWord(f, params, call, (word, at) => {
      const scaled = i32x4.mul(i32x4.shrU(word, 16), i32x4.lanes(a, b, c, d))
      f.store(i32.add(params.output, at), i32x4.shrU(scaled, 16))
    })
  },
}
