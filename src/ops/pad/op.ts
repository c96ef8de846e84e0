/**
 * @file Zeros around a value, along any of its axes; a negative pad cuts off instead.
 *
 *   y[i, j, ...] = x[i - before_0, j - before_1, ...] where that lies inside x, otherwise 0
 * is linear in x, and padding with the negated numbers is its adjoint: what was added is cut off, what was cut off becomes 0.
 */
import { build, itemShape, type Node, type OpDef } from '../../ir/node.ts'
import { nums } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32, type Geometry } from '../rules/infer.ts'

/**
 * x [N, ...item] or, not batched, [...item] -> the same with other sizes
 *
 * @param pads [before, after] for each axis of the item in turn, in elements
 */
export function pad(x: Node, pads: readonly number[]): Node {
  return pads.every((n) => n === 0) ? x : build(padOp, [x], { pads })
}

/** Elements [from, from + count) of the last axis. */
export function sliceLast(x: Node, from: number, count: number): Node {
  const size = x.shape.at(-1) as number
  const others = itemShape(x)
    .slice(1)
    .flatMap(() => [0, 0])
  return pad(x, [...others, -from, from + count - size])
}

/** The picture behind its zeros, and a geometry that adds the zeros: a convolution needs no padded copy. */
export function absorbPads(x: Node, geometry: Geometry): { readonly x: Node; readonly geometry: Geometry } {
  if (x.op !== padOp || x.shape.length !== 4 || !x.batched) return { x, geometry }
  const [top, bottom, left, right, ...channels] = nums(x.attrs, 'pads')
  const absorbs = [top, bottom, left, right].every((n) => n >= 0) && channels.every((n) => n === 0)
  if (!absorbs) return { x, geometry }
  const [innerTop, innerBottom, innerLeft, innerRight] = geometry.pads
  const pads = [top + innerTop, bottom + innerBottom, left + innerLeft, right + innerRight] as const
  return { x: x.inputs[0], geometry: { ...geometry, pads } }
}

export const padOp: OpDef = {
  name: 'pad',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const [x] = inputs
    const item = itemShape(x)
    const operands = { op: 'pad', inputs, attrs }
    demand(x.dtype === 'f32', operands, 'x must be f32')
    const pads = nums(attrs, 'pads')
    demand(pads.length === 2 * item.length && pads.every(Number.isInteger), operands, 'each axis must have two pads')
    const cutsAll = item.some((size, axis) => {
      const [before, after] = pads.slice(2 * axis)
      return size - Math.max(0, -before) - Math.max(0, -after) < 1
    })
    demand(!cutsAll, operands, 'something must be left of x')
    const padded = item.map((size, axis) => size + pads[2 * axis] + pads[2 * axis + 1])
    return f32(x.batched ? [x.shape[0], ...padded] : padded, x.batched)
  },
  cost: () => ({ macs: 0 }),
  grad: ({ attrs }, dy) => [
    pad(
      dy,
      nums(attrs, 'pads').map((n) => -n),
    ),
  ],
  cases: [
    { inputs: [images([1, 1, 1, 1])], attrs: { pads: [1, 1, 1, 1, 0, 0] } },
    { inputs: [images([2, 3, 4, 5])], attrs: { pads: [0, 1, 2, 0, 0, 0] } },
    { inputs: [images([2, 5, 6, 3])], attrs: { pads: [-1, -2, -3, 0, 0, 0] } },
    { inputs: [images([1, 7, 4, 8])], attrs: { pads: [2, -3, -1, 4, 0, 0] } },
    { inputs: [images([2, 3, 2, 9])], attrs: { pads: [0, 0, 0, 0, -3, -1] } },
    { inputs: [images([1, 2, 3, 4])], attrs: { pads: [0, 0, 1, 0, 3, 2] } },
    { inputs: [images([3, 2, 2, 70])], attrs: { pads: [0, 0, 0, 0, -1, -2] } },
    { inputs: [images([3, 13])], attrs: { pads: [2, -6] } },
    { inputs: [images([2, 5, 4])], attrs: { pads: [1, -1, 0, 0] } },
    { inputs: [weights([7])], attrs: { pads: [-2, 1] } },
    { inputs: [weights([3, 3, 2, 8])], attrs: { pads: [0, 0, 0, 0, 0, 0, -4, 0] } },
  ],
}
