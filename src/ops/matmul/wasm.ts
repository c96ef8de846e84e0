/** @file WebAssembly kernels of the matrix products: instances of the product and the outer product. */
import type { Node } from '../../ir/node.ts'
import { storageOf, type WasmKernel } from '../kernel.ts'
import { outerKernel, productKernel } from '../product/kernels.ts'
import { plainView, transposedView } from '../product/panels.ts'
import { storedColumns, storedRows } from '../product/rows.ts'
import { sourceRows } from '../tile-sources.ts'

function stored(w: Node): [rows: number, cols: number, pitch: number] {
  const { rows, cols, pitch } = storageOf(w)
  return [rows, cols, pitch * 4]
}

export const matmulKernel: WasmKernel = productKernel((call) => ({
  rows: sourceRows(call) ?? storedRows(call.node.inputs[0]),
  right: plainView(...stored(call.node.inputs[1])),
}))

export const matmulGradXKernel: WasmKernel = productKernel(({ node }) => ({
  rows: storedRows(node.inputs[0]),
  right: transposedView(...stored(node.inputs[1])),
}))

export const matmulGradWKernel: WasmKernel = outerKernel(
  (call) => sourceRows(call) ?? storedColumns(call.node.inputs[0]),
)
