/**
 * @file For kernels whose rows are independent of each other: the loop over rows, the loop over the
 * vectors of a row with its padding lanes masked, and sums across lanes.
 */
import { f32x4, type I32, i32, i32x4, int, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel, KernelCall, KernelParams } from './contract.ts'
import { type Storage, storageOf } from './storage.ts'

/** Addresses of one row of the result and of the same row of each operand. */
export interface Row {
  readonly inputs: readonly Local<'i32'>[]
  readonly output: Local<'i32'>
}

/** A kernel that computes row r of the result from row r of each operand. Operands and result have equally many rows. */
export function rowKernel(emitRow: (f: FunctionBuilder, row: Row, node: Node) => void): CpuKernel {
  return {
    variants: () => ['rows'],
    units: ({ node }) => storageOf(node).rows,
    emit: (f, params, call) => emitRows(f, params, call, emitRow),
  }
}

function emitRows(
  f: FunctionBuilder,
  params: KernelParams,
  { node }: KernelCall,
  emitRow: (f: FunctionBuilder, row: Row, node: Node) => void,
): void {
  const { begin, end, inputs, output } = params
  const rowsPerUnit = node.batched ? storageOf(node).rows : 1
  const row = (base: Local<'i32'>, of: Node) => {
    const bytes = rowBytes(storageOf(of))
    return { pointer: f.let(node.batched ? base : i32.add(base, i32.mul(begin, bytes))), bytes }
  }
  const from = inputs.map((input, i) => row(input, node.inputs[i]))
  const to = row(output, node)
  f.repeat(i32.mul(i32.sub(end, begin), rowsPerUnit), () => {
    emitRow(f, { inputs: from.map(({ pointer }) => pointer), output: to.pointer }, node)
    for (const { pointer, bytes } of [...from, to]) f.inc(pointer, bytes)
  })
}

/** Bytes from one row to the next. */
function rowBytes({ pitch, dtype }: Storage): number {
  return dtype === 'u8' ? pitch : pitch * 4
}

/** Runs the body for each vector of a row of `cols` elements, at byte `offset`, of which `lanes` lanes are elements. */
export function eachVector(f: FunctionBuilder, cols: number, body: (offset: I32, lanes: number) => void): void {
  const whole = Math.floor(cols / 4)
  if (whole === 1) body(int(0), 4)
  else if (whole > 1) f.range(0, whole * 16, 16, (offset) => body(offset, 4))
  if (cols % 4 > 0) body(int(whole * 16), cols % 4)
}

/** Keeps the first `lanes` lanes of a vector and sets the others to `filler`. */
export function maskLanes(value: V128, lanes: number, filler: number): V128 {
  if (lanes === 4) return value
  const bits = (lane: number) => (lane < lanes ? -1 : 0)
  const mask = i32x4.lanes(bits(0), bits(1), bits(2), bits(3))
  return filler === 0 ? v128.and(value, mask) : v128.bitselect(value, f32x4.const(filler), mask)
}

/** Combines the four lanes; every lane of the result holds the same bits. */
export function acrossLanes(f: FunctionBuilder, value: V128, combine: (a: V128, b: V128) => V128): Local<'v128'> {
  const all = f.let(value)
  const pairs = f.let(combine(all, v128.shuffle(all, all, [2, 3, 0, 1])))
  return f.let(combine(pairs, v128.shuffle(pairs, pairs, [1, 0, 3, 2])))
}
