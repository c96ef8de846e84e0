/** @file The shape rule of ops that compare rows of scores with class numbers. */
import { demand, isRows, type Operands, sameShape } from './infer.ts'

/** Operand 0 must be scores [N,...,C] and operand 1 class numbers i32 [N,...,1]. @throws SeparableError (`shape`) */
export function demandLabels(operands: Operands): void {
  const [scores, labels] = operands.inputs
  demand(isRows(scores), operands, 'scores must be [N, ..., C]')
  const fits = labels.dtype === 'i32' && labels.batched && sameShape(labels.shape, [...scores.shape.slice(0, -1), 1])
  demand(fits, operands, 'labels must be i32 [N, ..., 1], one for each row of scores')
}
