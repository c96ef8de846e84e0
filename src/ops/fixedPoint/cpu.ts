/** @file Multiples of a small step in WebAssembly. */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachVector, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { num } from '../rules/attrs.ts'

export const fixedPointKernel: CpuKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const scale = f32x4.const(num(node.attrs, 'scale'))
  eachVector(f, storageOf(node).cols, (at) => {
    const scaled = f32x4.mul(v128.load(i32.add(x, at)), scale)
    f.store(i32.add(output, at), i32x4.truncSatF32x4S(scaled))
  })
})
