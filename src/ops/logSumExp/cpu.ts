/** @file The logarithm of the sum of exponentials in WebAssembly, the largest element subtracted so that nothing overflows. */
import { f32x4 } from '../../codegen/expr.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { log } from '../cpu/math.ts'
import { rowKernel } from '../cpu/row-kernel.ts'
import { storageOf } from '../cpu/storage.ts'
import { emitExponentials, rowMaximum } from '../softmax/cpu.ts'

export const logSumExpKernel: CpuKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const { cols } = storageOf(node.inputs[0])
  const peak = rowMaximum(f, x, cols)
  f.store(output, f32x4.add(peak, log(f, emitExponentials(f, x, peak, cols))))
})
