/** @file Whole numbers for each image in WebAssembly: the upper half of a word times the choices, and its upper half again. */
import { i32, i32x4 } from '../../codegen/expr.ts'
import { eachWord } from '../dropout/words.ts'
import { nums, type WasmKernel } from '../kernel.ts'

export const drawKernel: WasmKernel = {
  variants: () => ['v4'],
  emit(f, params, call) {
    const [a, b = 1, c = 1, d = 1] = nums(call.node.attrs, 'choices')
    eachWord(f, params, call, (word, at) => {
      const scaled = i32x4.mul(i32x4.shrU(word, 16), i32x4.lanes(a, b, c, d))
      f.store(i32.add(params.output, at), i32x4.shrU(scaled, 16))
    })
  },
}
