/** @file What this JavaScript engine's WebAssembly can do, found by asking it to validate tiny modules. */

import { received, SeparableError } from '../../base/errors.ts'
import { type Expr, f32x4, int, v128 } from '../../codegen/expr.ts'
import type { Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { compileNow } from './compile-module.ts'

export interface Features {
  readonly isa: Isa
  /** Whether relaxed multiply-adds are there, but round twice: then they are of no use, and `isa` is `simd`. */
  readonly unfused: boolean
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
  const relaxed = validates('relaxed')
  const unfused = relaxed && !fuses()
  return {
    isa: options.isa === 'simd' || !relaxed || unfused ? 'simd' : 'relaxed',
    unfused,
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

/** Whether a relaxed multiply-add rounds once: JavaScriptCore multiplies, rounds and adds, as machines without fused ones do. */
function fuses(): boolean {
  const module = new WasmModule('relaxed')
  const probe = module.function('probe', {}, (f) => {
    const factor = v128.load(int(0))
    f.store(int(32), module.madd(factor, factor, v128.load(int(16))))
  })
  module.export(probe)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, of which rounding the product leaves nothing.
  new Float32Array(memory.buffer).set([...Array(4).fill(1 + 2 ** -12), ...Array(4).fill(-1 - 2 ** -11)])
  const { exports } = new WebAssembly.Instance(compileNow(module.toBytes({ shared: false, maxPages: 1 })), {
    env: { memory },
  })
  ;(exports.probe as () => void)()
  return new Float32Array(memory.buffer)[8] !== 0
}

/** Pages without cross-origin isolation have the constructor but cannot post the buffer to workers. */
function canShare(): boolean {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated
  return isolated !== false
}
