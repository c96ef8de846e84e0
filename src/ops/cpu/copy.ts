/** @file Copying elements: a run of them, and nested loops over runs or single ones. */
import { f32, type I32, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'

/** Copies exactly `count` elements; nothing behind them changes. */
export function copyElements(f: FunctionBuilder, from: Local<'i32'>, to: Local<'i32'>, count: number): void {
  const whole = count - (count % 4)
  if (whole > 0) f.range(0, whole * 4, 16, (at) => f.store(i32.add(to, at), v128.load(i32.add(from, at))))
  for (let i = whole; i < count; i++) f.store(to, f32.load(from, i * 4), i * 4)
}

/** One axis that is copied: so many indices, so many elements apart on either side. */
export interface CopyLoop {
  readonly count: number
  readonly fromStep: number
  readonly toStep: number
}

/** Nested loops, the outermost first. */
export function copyLoops(f: FunctionBuilder, [loop, ...inner]: readonly CopyLoop[], from: I32, to: I32): void {
  const [source, target] = [f.let(from), f.let(to)]
  if (inner.length === 0 && loop.fromStep === 1 && loop.toStep === 1) copyElements(f, source, target, loop.count)
  else
    f.repeat(loop.count, () => {
      if (inner.length === 0) f.store(target, f32.load(source))
      else copyLoops(f, inner, source, target)
      f.inc(source, 4 * loop.fromStep)
      f.inc(target, 4 * loop.toStep)
    })
}
