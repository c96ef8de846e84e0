/** @file Numbers as multiples of a small step: from there on all is done in whole numbers, alike on every machine. */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { num } from '../rules/attrs.ts'
import { images } from '../rules/cases.ts'
import { demand, isRows } from '../rules/infer.ts'

/** x f32 [N,...,K] -> i32 [N,...,K], y = x * scale without its fraction; beyond 32 bits the nearest integer */
export function fixedPoint(x: Node, scale: number): Node {
  return build(fixedPointOp, [x], { scale })
}

const caseOf = (shape: Shape, scale: number) => ({ inputs: [images(shape, [-5, 5])], attrs: { scale } })

export const fixedPointOp: OpDef = {
  name: 'fixedPoint',
  traits: {},
  infer(inputs, attrs) {
    const [x] = inputs
    const operands = { op: 'fixedPoint', inputs, attrs }
    demand(isRows(x), operands, 'x must be [N, ..., K]')
    demand(Number.isFinite(num(attrs, 'scale')), operands, 'the scale must be finite')
    return { shape: x.shape, dtype: 'i32', batched: true }
  },
  cost: () => ({ macs: 0 }),
  grad: () => [null],
  cases: [caseOf([1, 1], 1), caseOf([3, 6], 2), caseOf([2, 4], 8), caseOf([2, 3, 5], -1), caseOf([5, 9], 4)],
}
