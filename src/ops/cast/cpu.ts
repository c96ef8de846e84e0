/** @file Bytes to numbers in WebAssembly. Padding lanes become 0. */
import { f32x4, type I32, i32, i32x4 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { eachVector, maskLanes, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { num } from '../rules/attrs.ts'

export const castKernel: CpuKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const scale = f32x4.const(num(node.attrs, 'scale'))
  const offset = f32x4.const(num(node.attrs, 'offset'))
  eachVector(f, storageOf(node).cols, (at, lanes) => {
    const bytes = i32x4.splat(loadBytes(i32.add(x, i32.shrU(at, 2)), lanes))
    const numbers = f32x4.convertI32x4S(i32x4.extendLowU8(bytes))
    f.store(i32.add(output, at), maskLanes(f32x4.add(f32x4.mul(numbers, scale), offset), lanes, 0))
  })
})

/** One to four bytes as the lowest of an integer; bytes behind them may lie outside of the memory. */
function loadBytes(address: I32, count: number): I32 {
  if (count === 1) return i32.load8U(address)
  if (count === 2) return i32.load16U(address)
  if (count === 3) return i32.or(i32.load16U(address), i32.shl(i32.load8U(address, 2), 16))
  return i32.load(address)
}
