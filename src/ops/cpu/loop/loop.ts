/**
 * @file One kernel for a group of elementwise ops with results of equal type: each vector of the operands is loaded once,
 * goes through all ops in registers, and what is needed elsewhere is stored. A group can also sum the rows of what it
 * computes or reads. Where neither sums nor row vectors matter, memory is one long run of vectors; otherwise it is
 * walked through row by row (`group-rows.ts`).
 */

import { type IntLike, i32 } from '../../../codegen/expr.ts'
import type { FunctionBuilder } from '../../../codegen/module.ts'
import { storageOf } from '../storage.ts'
import { type ElementwiseGroup, goesByRows, loopValue } from './group.ts'
import { emitVector, type GroupParams, loadElement, type Operands, openOperands } from './operands.ts'
import { emitRows } from './rows.ts'

/** Writes the body of the kernel: images or units [begin, end). `lanes`: how many partial sums a `partial` operand has. */
export function emitGroup(f: FunctionBuilder, group: ElementwiseGroup, params: GroupParams, lanes = 1): void {
  const loop = loopValue(group)
  const { rows, pitch, bytes } = storageOf(loop)
  const count = i32.sub(params.end, params.begin)
  if (!goesByRows(group)) {
    const unit = loop.batched ? bytes / 16 : 1
    const start = loop.batched ? 0 : f.let(i32.mul(params.begin, 16))
    emitVectors(f, group, openOperands(f, group, params, start, lanes), f.let(i32.mul(count, unit)))
  } else if (loop.batched) {
    const operands = openOperands(f, group, params, 0, lanes)
    f.repeat(count, () => emitRows(f, group, operands, rows))
  } else {
    const start = f.let(i32.mul(params.begin, pitch * 4))
    emitRows(f, group, openOperands(f, group, params, start, lanes), f.let(count))
  }
}

/** The next `count` vectors, two at a time. */
function emitVectors(f: FunctionBuilder, group: ElementwiseGroup, operands: Operands, count: IntLike): void {
  const vector = (offset: number) =>
    emitVector(
      f,
      group,
      (i) => loadElement(f, operands.inputs[i], offset),
      (i, value) => f.store(operands.outputs[i].pointer, value, offset),
    )
  const vectors = (some: number) => {
    for (let i = 0; i < some; i++) vector(16 * i)
    for (const pointer of operands.moving) f.inc(pointer, 16 * some)
  }
  f.repeat(i32.shrU(count, 1), () => vectors(2))
  f.repeat(i32.and(count, 1), () => vectors(1))
}
