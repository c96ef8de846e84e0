/** @file The product of two matrices of weights in WebAssembly: row by row, some vectors of its columns at a time. */
import { f32x4, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { storageOf } from '../cpu/storage.ts'

/** Vectors of columns at a time, as many as sums hide the latency of an addition. */
const SUMS = 8

const rowBytes = (node: Node) => storageOf(node).pitch * 4

export const weightsMatmulKernel: CpuKernel = {
  variants: () => ['rows'],
  units: ({ node }) => node.shape[0],
  emit(f, { inputs: [a, b], output, begin, end }, { node }) {
    const vectors = storageOf(node).pitch / 4
    f.range(begin, end, 1, (row) => {
      const left = f.let(i32.add(a, i32.mul(row, rowBytes(node.inputs[0]))))
      const right = f.let(b)
      const to = f.let(i32.add(output, i32.mul(row, rowBytes(node))))
      f.repeat(Math.floor(vectors / SUMS), () => {
        emitColumns(f, node, [left, right, to], SUMS)
        f.inc(right, SUMS * 16)
        f.inc(to, SUMS * 16)
      })
      if (vectors % SUMS > 0) emitColumns(f, node, [left, right, to], vectors % SUMS)
    })
  },
}

/** Columns of one row of the result, `width` vectors of them. */
function emitColumns(
  f: FunctionBuilder,
  { inputs: [, b] }: Node,
  [left, right, to]: readonly [Local<'i32'>, Local<'i32'>, Local<'i32'>],
  width: number,
): void {
  const [x, from] = [f.let(left), f.let(right)]
  const sums = Array.from({ length: width }, () => f.let(f32x4.const(0)))
  f.repeat(b.shape[0], () => {
    const factor = f.let(v128.loadSplat(x))
    sums.forEach((sum, v) => {
      f.set(sum, f.module.madd(factor, v128.load(from, 16 * v), sum))
    })
    f.inc(x, 4)
    f.inc(from, rowBytes(b))
  })
  sums.forEach((sum, v) => {
    f.store(to, sum, 16 * v)
  })
}
