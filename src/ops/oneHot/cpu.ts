/** @file Rows with a single 1 in WebAssembly: each vector of columns is compared with the place of the 1. */
import { f32x4, i32, i32x4, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { acrossLanes, eachVector, maskLanes, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { rowMaximum } from '../softmax/cpu.ts'

/** Stores 1 where `hit` says so of a vector of column numbers, 0 elsewhere. */
function storeHits(
  f: FunctionBuilder,
  output: Local<'i32'>,
  columns: number,
  hit: (column: Local<'v128'>, offset: ReturnType<typeof i32.add>) => V128,
): void {
  eachColumn(f, columns, (column, offset) => {
    f.store(i32.add(output, offset), v128.and(hit(column, offset), f32x4.const(1)))
  })
}

/** `eachVector` with the numbers of its columns, as f32: exact up to 2^24. */
function eachColumn(
  f: FunctionBuilder,
  columns: number,
  body: (column: Local<'v128'>, offset: ReturnType<typeof i32.add>, lanes: number) => void,
): void {
  const column = f.let(f32x4.convertI32x4S(i32x4.lanes(0, 1, 2, 3)))
  eachVector(f, columns, (offset, lanes) => {
    body(column, offset, lanes)
    f.set(column, f32x4.add(column, f32x4.const(4)))
  })
}

export const oneHotKernel: CpuKernel = rowKernel((f, { inputs: [labels], output }, node) => {
  const label = f.let(f32x4.convertI32x4S(i32x4.splat(i32.load(labels))))
  storeHits(f, output, storageOf(node).cols, (column) => f32x4.eq(column, label))
})

export const oneHotMaxKernel: CpuKernel = rowKernel((f, { inputs: [scores], output }, node) => {
  const { cols } = storageOf(node)
  const peak = rowMaximum(f, scores, cols)
  const nearest = f.let(f32x4.const(Infinity))
  eachColumn(f, cols, (column, offset, lanes) => {
    const equal = f32x4.eq(v128.load(i32.add(scores, offset)), peak)
    const candidate = v128.bitselect(column, f32x4.const(Infinity), equal)
    f.set(nearest, f32x4.pmin(nearest, maskLanes(candidate, lanes, Infinity)))
  })
  const first = acrossLanes(f, nearest, f32x4.pmin)
  storeHits(f, output, cols, (column) => f32x4.eq(column, first))
})

export const oneHotBinKernel: CpuKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const value = f.let(v128.loadSplat(x))
  storeHits(f, output, storageOf(node).cols, (column) =>
    v128.and(f32x4.gt(value, column), f32x4.ge(f32x4.add(column, f32x4.const(1)), value)),
  )
})
