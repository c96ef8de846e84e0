/** @file Softmax and its gradient in WebAssembly: row by row, the largest element subtracted so that nothing overflows. */
import { f32x4, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { exp } from '../cpu/math.ts'
import { acrossLanes, eachVector, maskLanes, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'

type Pointer = Local<'i32'>
type Vector = Local<'v128'>

export const softmaxKernel: CpuKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const { cols } = storageOf(node)
  const sum = emitExponentials(f, x, rowMaximum(f, x, cols), cols, output)
  eachVector(f, cols, (offset) => {
    const at = f.let(i32.add(output, offset))
    f.store(at, f32x4.div(v128.load(at), sum))
  })
})

export const softmaxGradKernel: CpuKernel = rowKernel((f, { inputs: [y, dy], output }, node) => {
  const { cols } = storageOf(node)
  const total = f.let(f32x4.const(0))
  eachVector(f, cols, (offset, lanes) => {
    const product = f32x4.mul(v128.load(i32.add(y, offset)), v128.load(i32.add(dy, offset)))
    f.set(total, f32x4.add(total, maskLanes(product, lanes, 0)))
  })
  const mean = acrossLanes(f, total, f32x4.add)
  eachVector(f, cols, (offset) => {
    const change = f32x4.sub(v128.load(i32.add(dy, offset)), mean)
    f.store(i32.add(output, offset), f32x4.mul(v128.load(i32.add(y, offset)), change))
  })
})

/** The largest element of a row, in all lanes. */
export function rowMaximum(f: FunctionBuilder, x: Pointer, cols: number): Vector {
  const largest = f.let(f32x4.const(-Infinity))
  eachVector(f, cols, (offset, lanes) => {
    f.set(largest, f32x4.pmax(largest, maskLanes(v128.load(i32.add(x, offset)), lanes, -Infinity)))
  })
  return acrossLanes(f, largest, f32x4.pmax)
}

/** The sum of exp(x - peak) over a row, in all lanes; the terms are stored where `to` says. */
export function emitExponentials(f: FunctionBuilder, x: Pointer, peak: Vector, cols: number, to?: Pointer): Vector {
  const sum = f.let(f32x4.const(0))
  eachVector(f, cols, (offset, lanes) => {
    const term = f.let(exp(f, f32x4.sub(v128.load(i32.add(x, offset)), peak)))
    if (to) f.store(i32.add(to, offset), term)
    f.set(sum, f32x4.add(sum, maskLanes(term, lanes, 0)))
  })
  return acrossLanes(f, sum, f32x4.add)
}
