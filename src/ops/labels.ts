/** @file The shape rule of ops that compare rows of scores with class numbers. */
import { demand, type Operands } from './infer.ts'

/** Operand 0 must be scores [N,C] and operand 1 class numbers i32 [N,1]. @throws SeparableError (`shape`) */
export function demandLabels(operands: Operands): void {
  const [scores, labels] = operands.inputs
  demand(scores.dtype === 'f32' && scores.batched && scores.shape.length === 2, operands, 'scores must be [N, C]')
  demand(
    labels.dtype === 'i32' && labels.batched && labels.shape.length === 2 && labels.shape[1] === 1,
    operands,
    'labels must be i32 [N, 1]',
  )
  demand(labels.shape[0] === scores.shape[0], operands, 'scores and labels must have the same batch')
}
