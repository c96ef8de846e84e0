/** @file Joining along the last axis in WebAssembly, row by row. */
import { i32 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { copyElements } from '../cpu/copy.ts'
import { rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'

export const concatKernel: CpuKernel = rowKernel((f, { inputs, output }, node) => {
  let offset = 0
  inputs.forEach((input, i) => {
    const { cols } = storageOf(node.inputs[i])
    copyElements(f, input, f.let(i32.add(output, offset)), cols)
    offset += cols * 4
  })
})
