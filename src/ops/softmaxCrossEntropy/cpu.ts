/**
 * @file Softmax cross-entropy and its gradient in WebAssembly. A label outside of [0, C) reads no
 * memory outside of the row: its loss is NaN.
 */
import { f32x4, i32, i32x4, v128 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { log } from '../cpu/math.ts'
import { eachVector, rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { emitExponentials, rowMaximum } from '../softmax/cpu.ts'

/** log(sum exp(x - peak)) - (x[label] - peak): the small numbers first. */
export const softmaxCrossEntropyKernel: CpuKernel = rowKernel((f, { inputs: [logits, labels], output }, node) => {
  const { cols } = storageOf(node.inputs[0])
  const peak = rowMaximum(f, logits, cols)
  const sum = emitExponentials(f, logits, peak, cols)
  const label = f.let(i32.load(labels))
  const loss = f.let(f32x4.const(Number.NaN))
  f.if(i32.ltU(label, cols), () => {
    const chosen = v128.loadSplat(i32.add(logits, i32.shl(label, 2)))
    f.set(loss, f32x4.sub(log(f, sum), f32x4.sub(chosen, peak)))
  })
  f.store(output, loss)
})

export const softmaxCrossEntropyGradKernel: CpuKernel = rowKernel((f, { inputs, output }, node) => {
  const [logits, labels, dl] = inputs
  const { cols } = storageOf(node)
  const sum = emitExponentials(f, logits, rowMaximum(f, logits, cols), cols, output)
  const label = f.let(i32x4.splat(i32.load(labels)))
  const scale = f.let(v128.loadSplat(dl))
  const column = f.let(i32x4.lanes(0, 1, 2, 3))
  eachVector(f, cols, (offset) => {
    const at = f.let(i32.add(output, offset))
    const probability = f32x4.div(v128.load(at), sum)
    const target = v128.and(i32x4.eq(column, label), f32x4.const(1))
    f.store(at, f32x4.mul(f32x4.sub(probability, target), scale))
    f.set(column, i32x4.add(column, i32x4.const(4)))
  })
})
