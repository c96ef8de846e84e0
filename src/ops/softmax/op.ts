/**
 * @file The softmax over the last axis and its gradient.
 *
 *   y[c] = exp(x[c]) / sum over k of exp(x[k]),   dx[c] = y[c] (dy[c] - sum over k of y[k] dy[k])
 */
import { build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isRows, sameType } from '../rules/infer.ts'

/** x [..., C] -> [..., C] */
export function softmax(x: Node): Node {
  return build(softmaxOp, [x])
}

/** y = softmax(x), dy [..., C] -> [..., C] */
export function softmaxGrad(y: Node, dy: Node): Node {
  return build(softmaxGradOp, [y, dy])
}

const shapes = [
  [1, 1],
  [3, 2],
  [2, 4],
  [4, 7],
  [5, 10],
  [2, 3, 5, 6],
  [1, 100],
]

const softmaxCases: OpCase[] = [
  ...shapes.map((shape) => ({ inputs: [images(shape, [-3, 3])] })),
  { inputs: [images([2, 9], [95, 105])] },
]

export const softmaxOp: OpDef = {
  name: 'softmax',
  traits: {},
  infer(inputs) {
    const [x] = inputs
    demand(isRows(x), { op: 'softmax', inputs }, 'x must be [N, ..., C]')
    return f32(x.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: (node, dy) => [softmaxGrad(node, dy)],
  cases: softmaxCases,
}

export const softmaxGradOp: OpDef = {
  name: 'softmaxGrad',
  traits: {},
  infer(inputs) {
    const [y, dy] = inputs
    const operands = { op: 'softmaxGrad', inputs }
    demand(isRows(y), operands, 'y must be [N, ..., C]')
    demand(sameType(y, dy), operands, 'y and dy must have equal types')
    return f32(y.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: shapes.map((shape) => ({ inputs: [images(shape, [0, 1]), images(shape)] })),
}
