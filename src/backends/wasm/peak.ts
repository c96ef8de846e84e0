/**
 * @file Measures what this machine can do at most in 128-bit arithmetic: the denominator of every
 * "share of peak" that is printed. A loop over registers, no memory.
 */

import { f32x4, int, type Local } from '../../codegen/expr.ts'
import type { Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'

/** Independent sums: enough to hide the latency of a multiply-add, few enough to stay in registers. */
const SUMS = 12
const ROUNDS = 2000

/** A module whose `step(thread, threads)` does `flopsOfPeakStep` floating-point operations. */
export function peakModule(isa: Isa, shared: boolean, maxPages: number): Uint8Array<ArrayBuffer> {
  const module = new WasmModule(isa)
  const inner = module.function('fma', {}, (f) => {
    const sums = Array.from({ length: SUMS }, (_, i) => f.let(f32x4.const(i)))
    const [a, b] = [f.let(f32x4.const(0.5)), f.let(f32x4.const(0.25))]
    f.repeat(ROUNDS, () => {
      for (const sum of sums) f.set(sum, module.madd(a, sum, b))
    })
    const total = sums.reduce((x, y) => {
      f.set(x, f32x4.add(x, y))
      return x
    }) as Local<'v128'>
    f.store(int(0), total)
  })
  // V8 swaps in optimised code between calls, never inside one: hence many short calls.
  const step = module.function('step', { thread: 'i32', threads: 'i32' }, (f) => {
    f.repeat(CALLS, () => f.call(inner))
  })
  module.export(step)
  return module.toBytes({ shared, maxPages })
}

const CALLS = 500

/** Floating-point operations of one thread in one step; a multiply-add counts as two. */
export const PEAK_STEP_FLOPS: number = CALLS * ROUNDS * SUMS * 4 * 2
