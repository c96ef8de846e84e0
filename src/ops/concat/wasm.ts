/** @file Joining along the last axis in WebAssembly, row by row. */
import { i32 } from '../../codegen/expr.ts'
import { copyElements } from '../copy.ts'
import { storageOf, type WasmKernel } from '../kernel.ts'
import { rowKernel } from '../rows.ts'

export const concatKernel: WasmKernel = rowKernel((f, { inputs, output }, node) => {
  let offset = 0
  inputs.forEach((input, i) => {
    const { cols } = storageOf(node.inputs[i])
    copyElements(f, input, f.let(i32.add(output, offset)), cols)
    offset += cols * 4
  })
})
