/** @file Adds up partial sums, always in the order of the lanes, so that threads never change a bit; a sum of one is a copy. */
import { f32x4, i32, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'

/** Vectors of four floats per unit of work: large enough that threads do not share cache lines. */
const UNIT_VECTORS = 64

/** @param bytes of one partial sum */
export function partialUnits(bytes: number): number {
  return Math.ceil(bytes / 16 / UNIT_VECTORS)
}

/**
 * A function (partial sums, sum, begin unit, end unit).
 * @param bytes of one partial sum
 * @param count how many follow each other
 */
export function emitSumPartials(module: ModuleBuilder, name: string, bytes: number, count: number): FunctionBuilder {
  const vectors = bytes / 16
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
