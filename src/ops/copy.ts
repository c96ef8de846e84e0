/** @file Copying elements that follow each other. */
import { f32, i32, type Local, v128 } from '../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../codegen/wasm/module.ts'

/** Copies exactly `count` elements; nothing behind them changes. */
export function copyElements(f: FunctionBuilder, from: Local<'i32'>, to: Local<'i32'>, count: number): void {
  const whole = count - (count % 4)
  if (whole > 0) f.range(0, whole * 4, 16, (at) => f.store(i32.add(to, at), v128.load(i32.add(from, at))))
  for (let i = whole; i < count; i++) f.store(to, f32.load(from, i * 4), i * 4)
}
