/**
 * @file The loop of a group that tells columns apart: a few rows at a time, from their first columns to their last. Memory
 * passes by from one end to the other, which the machine foresees; what belongs to a column is loaded once for these rows.
 */
import { f32x4, type IntLike, i32, int, type Local, type V128, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder } from '../../../codegen/module.ts'
import { storageOf } from '../storage.ts'
import { type ElementwiseGroup, loopValue } from './group.ts'
import { emitVector, loadElement, type Operand, type Operands } from './operands.ts'

/** Rows that are worked on together span so many vectors at most: jumping between distant rows stops the prefetcher. */
const SPAN = 16
/** Vectors between two turns of the loop. */
const UNROLL = 4

/** Goes over the next `rows` rows; the moving pointers are behind them afterwards. */
export function emitRows(f: FunctionBuilder, group: ElementwiseGroup, operands: Operands, rows: IntLike): void {
  const vectors = storageOf(loopValue(group)).pitch / 4
  const most = Math.max(1, Math.min(UNROLL, Math.floor(SPAN / vectors)))
  const { constant } = int(rows)
  const some = (count: number) => emitSomeRows(f, group, operands, count)
  if (constant !== undefined) {
    f.repeat(Math.floor(constant / most), () => some(most))
    if (constant % most) some(constant % most)
  } else {
    f.repeat(i32.divU(int(rows), most), () => some(most))
    if (most > 1) f.repeat(i32.remU(int(rows), most), () => some(1))
  }
}

function emitSomeRows(f: FunctionBuilder, group: ElementwiseGroup, operands: Operands, rows: number): void {
  const { pitch } = storageOf(loopValue(group))
  const width = Math.min(pitch / 4, Math.ceil(UNROLL / rows))
  const rest = (pitch / 4) % width
  const columns = (first: Local<'i32'>, count: number) => {
    for (let i = 0; i < count; i++) emitColumn(f, group, operands, { first, offset: 16 * i, rows })
    for (const pointer of operands.moving) f.inc(pointer, 16 * count)
  }
  f.range(0, pitch * 4 - 16 * rest, 16 * width, (first) => columns(first, width))
  if (rest) columns(f.let(int(pitch * 4 - 16 * rest)), rest)
  for (const pointer of operands.moving) f.inc(pointer, (rows - 1) * pitch * 4)
}

/** Where a vector of columns is: bytes from the start of the row; the moving pointers stand at `first`. */
interface Column {
  readonly first: Local<'i32'>
  readonly offset: number
  readonly rows: number
}

function emitColumn(f: FunctionBuilder, group: ElementwiseGroup, operands: Operands, column: Column): void {
  const { first, offset, rows } = column
  const rowBytes = storageOf(loopValue(group)).pitch * 4
  const inputs = operands.inputs.map((input) => openColumn(f, input, column))
  const sums: (Local<'v128'> | undefined)[] = operands.outputs.map(() => undefined)
  for (let row = 0; row < rows; row++) {
    const result = (i: number, value: V128) => {
      const [output, sum] = [operands.outputs[i], sums[i]]
      if (!output.sums) f.store(output.pointer, value, offset + row * rowBytes)
      else if (sum) f.set(sum, f32x4.add(sum, value))
      else sums[i] = f.let(value)
    }
    emitVector(f, group, (i) => inputs[i](row * rowBytes), result)
  }
  for (const [i, sum] of sums.entries()) {
    const total = i32.add(operands.outputs[i].pointer, first)
    if (sum) f.store(total, f32x4.add(v128.load(total, offset), sum), offset)
  }
}

/** How to read the vectors of a column, by the offset of their row. */
function openColumn(f: FunctionBuilder, input: Operand, { first, offset }: Column): (rowOffset: number) => V128 {
  if (input.reach !== 'column') return (rowOffset) => loadElement(f, input, offset + rowOffset)
  const value = f.let(v128.load(i32.add(input.pointer, first), offset))
  return () => value
}
