/** @file The outer loops of kernels: over the images of a call, and over tiles of rows. */
import { type IntLike, i32, int, isLocal, type Local } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import { operandsOf, resultOf } from '../../ir/fused.ts'
import type { KernelCall, KernelParams } from './contract.ts'
import { storageOf } from './storage.ts'

/** Runs `body` for each image of the call; meanwhile the pointers of batched operands and of the result move along. */
export function forEachImage(f: FunctionBuilder, params: KernelParams, call: KernelCall, body: () => void): void {
  const walking = operandsOf(call).flatMap((node, i) => (node.batched ? [{ pointer: params.inputs[i], node }] : []))
  const result = resultOf(call)
  if (result.batched) walking.push({ pointer: params.output, node: result })
  f.repeat(i32.sub(params.end, params.begin), () => {
    body()
    for (const { pointer, node } of walking) f.inc(pointer, storageOf(node).bytes)
  })
}

/** Cuts [from, to) into tiles of `size`; the last may be shorter. */
export function forEachTile(
  f: FunctionBuilder,
  [from, to]: readonly [IntLike, IntLike],
  size: number,
  body: (first: Local<'i32'>, count: IntLike) => void,
): void {
  const [begin, end] = [int(from), int(to)]
  const length = i32.sub(end, begin).constant
  if (length !== undefined && length % size === 0) f.range(begin, end, size, (first) => body(first, size))
  else {
    const last = isLocal(end) ? end : f.let(end)
    f.range(begin, last, size, (first) => {
      const left = f.let(i32.sub(last, first))
      body(first, f.let(i32.minS(left, size)))
    })
  }
}
