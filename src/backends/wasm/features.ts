/** @file What this JavaScript engine's WebAssembly can do, found by asking it to validate tiny modules. */

import { received, SeparableError } from '../../base/errors.ts'
import { type Expr, f32x4, int, v128 } from '../../codegen/expr.ts'
import type { Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'

export interface Features {
  readonly isa: Isa
  /** Memory can be shared with workers. */
  readonly sharedMemory: boolean
}

/**
 * Probes the engine; `isa: 'simd'` in the options turns the fused multiply-add off.
 * @throws SeparableError (`unsupported`) where there is no WebAssembly
 */
export function probeFeatures(options: { isa?: Isa } = {}): Features {
  if (typeof WebAssembly !== 'object')
    throw new SeparableError('unsupported', `this machine or page has no WebAssembly, ${received(typeof WebAssembly)}`)
  return {
    isa: options.isa === 'simd' || !validates('relaxed') ? 'simd' : 'relaxed',
    sharedMemory: typeof SharedArrayBuffer === 'function' && canShare(),
  }
}

/** Whether a module with one (fused) multiply-add validates. */
export function validates(isa: Isa): boolean {
  const module = new WasmModule(isa)
  module.function('probe', {}, (f) => {
    const zero: Expr<'v128'> = f32x4.const(0)
    f.store(int(0), module.madd(v128.load(int(0)), zero, zero))
  })
  return WebAssembly.validate(module.toBytes({ shared: false, maxPages: 1 }))
}

/** Pages without cross-origin isolation have the constructor but cannot post the buffer to workers. */
function canShare(): boolean {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated
  return isolated !== false
}
