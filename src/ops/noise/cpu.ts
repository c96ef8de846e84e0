/** @file Random numbers in WebAssembly: the upper 23 bits of each word and a half, which f32 holds exactly. */
import { f32x4, i32, i32x4 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachWord } from '../cpu/random-bits.ts'

export const noiseKernel: CpuKernel = {
  variants: () => ['v4'],
  emit(f, params, call) {
    eachWord(f, params, call, (word, at) => {
      const middle = f32x4.add(f32x4.convertI32x4S(i32x4.shrU(word, 9)), f32x4.const(0.5))
      f.store(i32.add(params.output, at), f32x4.mul(middle, f32x4.const(2 ** -23)))
    })
  },
}
