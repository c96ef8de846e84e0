/** @file The logarithm of the sum of exponentials in WebAssembly, the largest element subtracted so that nothing overflows. */
import { f32x4 } from '../../codegen/expr.ts'
import { log } from '../elementwise/wasm-math.ts'
import { storageOf, type WasmKernel } from '../kernel.ts'
import { rowKernel } from '../rows.ts'
import { emitExponentials, rowMaximum } from '../softmax/wasm.ts'

export const logSumExpKernel: WasmKernel = rowKernel((f, { inputs: [x], output }, node) => {
  const { cols } = storageOf(node.inputs[0])
  const peak = rowMaximum(f, x, cols)
  f.store(output, f32x4.add(peak, log(f, emitExponentials(f, x, peak, cols))))
})
