/** @file WebAssembly kernels of the matrix products: instances of the product and the outer product. */
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { outerKernel, productKernel } from '../cpu/product/kernels.ts'
import { plainView, transposedView } from '../cpu/product/panels.ts'
import { storedColumns, storedRows } from '../cpu/product/row-source.ts'
import { storageOf } from '../cpu/storage.ts'
import { sourceRows } from '../cpu/tile-producers.ts'

function stored(w: Node): [rows: number, cols: number, pitch: number] {
  const { rows, cols, pitch } = storageOf(w)
  return [rows, cols, pitch * 4]
}

export const matmulKernel: CpuKernel = productKernel((call) => ({
  rows: sourceRows(call) ?? storedRows(call.node.inputs[0]),
  right: plainView(...stored(call.node.inputs[1])),
}))

export const matmulGradXKernel: CpuKernel = productKernel(({ node }) => ({
  rows: storedRows(node.inputs[0]),
  right: transposedView(...stored(node.inputs[1])),
}))

export const matmulGradWKernel: CpuKernel = outerKernel(
  (call) => sourceRows(call) ?? storedColumns(call.node.inputs[0]),
)
