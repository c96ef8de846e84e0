/**
 * @file The logarithm of the sum of exponentials over the last axis: what softmax divides by, without overflow.
 *
 *   y = log(sum over c of exp(x[c])),   dx[c] = softmax(x)[c] dy
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { repeatChannels } from '../channels/op.ts'
import { mul } from '../elementwise/table.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isRows } from '../rules/infer.ts'
import { softmax } from '../softmax/op.ts'

/** x [..., C] -> [..., 1] */
export function logSumExp(x: Node): Node {
  return build(logSumExpOp, [x])
}

export const logSumExpOp: OpDef = {
  name: 'logSumExp',
  traits: {},
  infer(inputs) {
    const [x] = inputs
    demand(isRows(x), { op: 'logSumExp', inputs }, 'x must be [N, ..., C]')
    return f32([...x.shape.slice(0, -1), 1], true)
  },
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [x] }, dy) => [mul(softmax(x), repeatChannels(dy, x.shape.at(-1) as number))],
  cases: [
    { inputs: [images([1, 1])] },
    { inputs: [images([3, 2], [-3, 3])] },
    { inputs: [images([2, 4])] },
    { inputs: [images([2, 3, 5, 7])] },
    { inputs: [images([4, 9], [95, 105])] },
    { inputs: [images([1, 100])] },
  ],
}
