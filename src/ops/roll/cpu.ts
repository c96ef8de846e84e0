/** @file Images moved along in WebAssembly: whole images are copied, padding and all. */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { firstWord } from '../cpu/random-bits.ts'
import { storageOf } from '../cpu/storage.ts'
import { num } from '../rules/attrs.ts'

export const rollKernel: CpuKernel = {
  variants: () => ['images'],
  emit(f, { inputs, output, begin, end }, { node }) {
    const { attrs } = node
    const { bytes } = storageOf(node)
    const [x, seed, invCount] = inputs
    const exact = f32x4.div(f32x4.const(1), v128.loadSplat(invCount))
    const count = f.let(i32x4.extractLane(i32x4.truncSatF32x4S(f32x4.nearest(exact)), 0))
    const word = firstWord(f, num(attrs, 'stream'), seed)
    const by = f.let(i32.shrU(i32.mul(i32.shrU(i32x4.extractLane(word, 0), 16), count), 16))
    if (attrs.back) f.set(by, i32.sub(count, by))
    f.range(begin, end, 1, (image) => {
      const from = f.let(i32.add(x, i32.mul(i32.remU(i32.add(image, by), count), bytes)))
      f.range(0, bytes, 16, (at) => f.store(i32.add(output, at), v128.load(i32.add(from, at))))
      f.inc(output, bytes)
    })
  },
}
