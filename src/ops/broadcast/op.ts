/**
 * @file Broadcasting and its adjoint. An operand of an elementwise op either has the type of the result, or is an
 * unbatched [C] that repeats along the last axis, or an unbatched [1] that repeats everywhere. The adjoint of repeating
 * is summing, so the gradient of such an operand is a sum; the two ops live together because each is the other's gradient.
 */
import { build, type Node, type OpCase, type OpDef, type TensorType } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { reshape } from '../reshape/op.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32, type Operands, sameShape, sameType } from '../rules/infer.ts'

/** `v` repeated to the type of `like`, whose values do not matter. */
export function broadcastLike(like: Node, v: Node): Node {
  return build(broadcastLikeOp, [like, v])
}

/** [..., C] -> [C], the sum over all other axes. */
export function sumLeading(x: Node): Node {
  return build(sumLeadingOp, [x])
}

/** The sum of `dy` over the axes along which an operand of this type was repeated. */
export function unbroadcast(dy: Node, operand: TensorType): Node {
  if (sameType(dy, operand)) return dy
  const channels = dy.shape.at(-1) as number
  const perChannel = dy.batched || dy.shape.length > 1 ? sumLeading(dy) : dy
  return sameShape(operand.shape, [channels]) ? perChannel : sumLeading(reshape(perChannel, [channels, 1]))
}

/** The type of an elementwise result: that of the biggest operand. @throws SeparableError (`shape`) */
export function broadcastType(operands: Operands): TensorType {
  const [first, ...others] = operands.inputs
  const widest = others.reduce((a, b) => (isWider(b, a) ? b : a), first)
  const fits = operands.inputs.every((operand) => repeatsTo(operand, widest))
  demand(fits, operands, 'operands must have equal types, or be an unbatched [C] or [1]')
  return f32(widest.shape, widest.batched)
}

function isWider(a: TensorType, b: TensorType): boolean {
  return a.batched === b.batched ? sizeOf(a.shape) > sizeOf(b.shape) : a.batched
}

function repeatsTo(operand: TensorType, result: TensorType): boolean {
  if (operand.dtype !== 'f32') return false
  if (sameType(operand, result)) return true
  const lastAxis = result.batched && result.shape.length === 1 ? 1 : result.shape.at(-1)
  const [size] = operand.shape
  return !operand.batched && operand.shape.length === 1 && (size === 1 || size === lastAxis)
}

/** Shapes that try each rule of broadcasting for two operands. */
export function binaryCases(range: readonly [number, number]): OpCase[] {
  return [
    { inputs: [images([2, 3, 5, 4], range), images([2, 3, 5, 4], range)] },
    { inputs: [images([3, 7], range), images([3, 7], range)] },
    { inputs: [images([1, 1], range), images([1, 1], range)] },
    { inputs: [images([2, 4, 3, 9], range), weights([9], range)] },
    { inputs: [images([5, 8], range), weights([8], range)] },
    { inputs: [images([2, 3, 3, 5], range), weights([1], range)] },
    { inputs: [weights([3, 3, 5], range), weights([3, 3, 5], range)] },
    { inputs: [weights([3, 3, 6], range), weights([1], range)] },
    { inputs: [weights([13], range), weights([1], range)] },
    { inputs: [weights([1], range), weights([1], range)] },
  ]
}

export const broadcastLikeOp: OpDef = {
  name: 'broadcastLike',
  traits: { elementwise: true, linear: [1] },
  infer(inputs) {
    const operands = { op: 'broadcastLike', inputs }
    const type = broadcastType(operands)
    demand(sameType(type, inputs[0]), operands, 'the first operand must have the type of the result')
    return type
  },
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [, v] }, dy) => [null, unbroadcast(dy, v)],
  cases: binaryCases([-1, 1]),
}

export const sumLeadingOp: OpDef = {
  name: 'sumLeading',
  traits: { reducesBatch: true, sumsRows: true, linear: [0] },
  infer(inputs) {
    const [x] = inputs
    demand(x.dtype === 'f32' && x.shape.length >= 2, { op: 'sumLeading', inputs }, 'x must have at least two axes')
    return f32([x.shape.at(-1) as number], false)
  },
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [x] }, dy) => [broadcastLike(x, dy)],
  cases: [
    { inputs: [images([1, 1])] },
    { inputs: [images([5, 1])] },
    { inputs: [images([3, 7])] },
    { inputs: [images([2, 3, 5, 4])] },
    { inputs: [images([1, 6, 7, 9])] },
    { inputs: [images([2, 8, 8, 16])] },
    { inputs: [weights([3, 3, 5])] },
    { inputs: [weights([8, 1])] },
    { inputs: [weights([1, 12])] },
  ],
}
