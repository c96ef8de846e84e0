/** @file The axes of an item in another order; the gradient puts them back. */
import { build, itemShape, type Node, type OpDef } from '../../ir/node.ts'
import { nums } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32 } from '../rules/infer.ts'

/** y axis i is x axis `order[i]`, counted from 0 without the batch: [N,H,W,C] with [2,0,1] -> [N,C,H,W] */
export function permute(x: Node, order: readonly number[]): Node {
  return order.every((axis, i) => axis === i) ? x : build(permuteOp, [x], { order })
}

/** The order that undoes an order. */
export function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis))
}

export const permuteOp: OpDef = {
  name: 'permute',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const [x] = inputs
    const operands = { op: 'permute', inputs, attrs }
    demand(x.dtype === 'f32', operands, 'x must be f32')
    const order = nums(attrs, 'order')
    const item = itemShape(x)
    const isOrder = order.length === item.length && item.every((_, axis) => order.includes(axis))
    demand(isOrder, operands, 'the order must name each axis once')
    const permuted = order.map((axis) => item[axis])
    return f32(x.batched ? [x.shape[0], ...permuted] : permuted, x.batched)
  },
  cost: () => ({ macs: 0 }),
  grad({ attrs }, dy) {
    return [permute(dy, inverse(nums(attrs, 'order')))]
  },
  cases: [
    { inputs: [images([1, 1, 1])], attrs: { order: [1, 0] } },
    { inputs: [images([2, 3, 5])], attrs: { order: [1, 0] } },
    { inputs: [images([2, 3, 4, 5])], attrs: { order: [2, 0, 1] } },
    { inputs: [images([1, 4, 3, 8])], attrs: { order: [1, 0, 2] } },
    { inputs: [images([2, 7, 2, 3])], attrs: { order: [0, 2, 1] } },
    { inputs: [images([1, 8, 12, 4])], attrs: { order: [2, 1, 0] } },
    { inputs: [images([1, 2, 3, 2, 5])], attrs: { order: [3, 1, 0, 2] } },
    { inputs: [weights([3, 8])], attrs: { order: [1, 0] } },
  ],
}
