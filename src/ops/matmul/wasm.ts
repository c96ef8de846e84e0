/** @file WebAssembly kernels of the matrix products: instances of the product and the outer product. */
import type { Node } from '../../ir/node.ts'
import { storageOf, type WasmKernel } from '../kernel.ts'
import { outerKernel, productKernel } from '../product/kernels.ts'
import { plainView, transposedView } from '../product/panels.ts'
import { storedRows } from '../product/rows.ts'
import { tiledRows } from '../tile-sources.ts'

function stored(w: Node): [rows: number, cols: number, pitch: number] {
  const { rows, cols, pitch } = storageOf(w)
  return [rows, cols, pitch * 4]
}

export const matmulKernel: WasmKernel = productKernel((call) => ({
  rows: tiledRows(call),
  right: plainView(...stored(call.node.inputs[1])),
}))

export const matmulGradXKernel: WasmKernel = productKernel(({ node, machine }) => ({
  rows: storedRows(node.inputs[0], machine),
  right: transposedView(...stored(node.inputs[1])),
}))

export const matmulGradWKernel: WasmKernel = outerKernel(tiledRows)
