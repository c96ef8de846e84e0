/**
 * @file Copies elements in order between rows of different lengths, whose padding differs; a
 * reshape between rows without padding needs no kernel.
 */
import { i32, type Local } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { copyElements } from '../cpu/copy.ts'
import { forEachImage } from '../cpu/loops.ts'
import { type Storage, storageOf } from '../cpu/storage.ts'

export const reshapeKernel: CpuKernel = {
  variants: () => ['copy'],
  units: () => 1,
  emit(f, params, call) {
    const [from, to] = [storageOf(call.node.inputs[0]), storageOf(call.node)]
    forEachImage(f, params, call, () =>
      copyItem(f, { pointer: params.inputs[0], ...from }, { pointer: params.output, ...to }),
    )
  },
}

type Rows = Storage & { readonly pointer: Local<'i32'> }

/** Copies runs of elements that neither side interrupts. */
function copyItem(f: FunctionBuilder, from: Rows, to: Rows): void {
  const run = greatestCommonDivisor(from.cols, to.cols)
  const source = cursor(f, from, run)
  const target = cursor(f, to, run)
  f.repeat((from.rows * from.cols) / run, () => {
    copyElements(f, source.pointer, target.pointer, run)
    source.advance()
    target.advance()
  })
}

/** Walks over the runs of rows, skipping the padding at the end of each. */
function cursor(f: FunctionBuilder, { pointer: start, cols, pitch }: Rows, run: number) {
  const pointer = f.let(start)
  const runsPerRow = cols / run
  const left = f.let(i32.const(runsPerRow))
  const advance = () => {
    f.inc(pointer, run * 4)
    f.set(left, i32.sub(left, 1))
    f.if(i32.eqz(left), () => {
      f.inc(pointer, (pitch - cols) * 4)
      f.set(left, i32.const(runsPerRow))
    })
  }
  return { pointer, advance }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
