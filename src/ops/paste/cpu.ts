/** @file Rectangles of other pictures in WebAssembly: a mask for each pixel selects all of its channels. */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'

export const pasteKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [, height, width] = node.shape
    const pixelBytes = storageOf(node).pitch * 4
    const [x, patch, box] = params.inputs
    const one = f32x4.const(1)
    forEachImage(f, params, call, () => {
      const [top, bottom, left, right] = [0, 4, 8, 12].map((offset) => f.let(v128.loadSplat(box, offset)))
      const i = f.let(i32x4.const(0))
      const pixel = f.let(i32.const(0))
      f.repeat(height, () => {
        const inRows = f.let(v128.and(f32x4.ge(i, top), f32x4.lt(i, bottom)))
        const j = f.let(i32x4.const(0))
        f.repeat(width, () => {
          const inside = f.let(v128.and(inRows, v128.and(f32x4.ge(j, left), f32x4.lt(j, right))))
          f.range(0, pixelBytes, 16, (vector) => {
            const at = f.let(i32.add(pixel, vector))
            const chosen = v128.bitselect(v128.load(i32.add(patch, at)), v128.load(i32.add(x, at)), inside)
            f.store(i32.add(params.output, at), chosen)
          })
          f.inc(pixel, pixelBytes)
          f.set(j, f32x4.add(j, one))
        })
        f.set(i, f32x4.add(i, one))
      })
    })
  },
}
