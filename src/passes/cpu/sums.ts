/** @file Calls that add up the partial sums of the lanes, always in lane order, so that threads never change a bit. */
import { f32x4, i32, v128 } from '../../codegen/expr.ts'
import type { ModuleBuilder } from '../../codegen/module.ts'
import type { Call, Value } from './program.ts'

/** Vectors of four floats per unit of work: large enough that threads do not share cache lines. */
const UNIT_VECTORS = 64

export function sumLanesCall(lanes: Value, sum: Value): Call {
  return sumCall('sumLanes', lanes, sum, (lanes) => lanes)
}

/** A sum of one. */
export function copyCall(from: Value, to: Value): Call {
  return sumCall('copy', from, to, () => 1)
}

function sumCall(what: string, from: Value, to: Value, terms: (lanes: number) => number): Call {
  const vectors = from.storage.bytes / 16
  const name = `${what}.f32.flat.${vectors * 4}.v4.simd`
  return {
    name,
    label: from.name,
    inputs: [from],
    outputs: [to],
    onImages: false,
    units: Math.ceil(vectors / UNIT_VECTORS),
    shardImages: undefined,
    macs: 0,
    emit: (module, lanes) => module.shared(name, () => emitSumLanes(module, name, vectors, terms(lanes))),
  }
}

function emitSumLanes(module: ModuleBuilder, name: string, vectors: number, count: number) {
  const params = { lanes: 'i32', sum: 'i32', begin: 'i32', end: 'i32' } as const
  return module.function(name, params, (f, p) => {
    const last = f.let(i32.mul(p.end, UNIT_VECTORS * 16))
    f.if(i32.gtS(last, vectors * 16), () => f.set(last, i32.const(vectors * 16)))
    const [a, b, from] = [f.v128(), f.v128(), f.i32()]
    f.range(i32.mul(p.begin, UNIT_VECTORS * 16), last, 16, (offset) => {
      f.set(from, i32.add(p.lanes, offset))
      f.set(a, v128.load(from))
      f.repeat(count - 1, () => {
        f.inc(from, vectors * 16)
        f.set(b, v128.load(from))
        f.set(a, f32x4.add(a, b))
      })
      f.store(i32.add(p.sum, offset), a)
    })
  })
}
