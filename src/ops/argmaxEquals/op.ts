/** @file Whether the highest score of a row is that of its label: the accuracy of each image. */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { classNumbers, images } from '../rules/cases.ts'
import { f32 } from '../rules/infer.ts'
import { demandLabels } from '../rules/labels.ts'

/** scores [N,...,C], labels i32 [N,...,1] -> [N,...,1] of 0 and 1; of several highest scores the first counts. */
export function argmaxEquals(scores: Node, labels: Node): Node {
  return build(argmaxEqualsOp, [scores, labels])
}

export const argmaxEqualsOp: OpDef = {
  name: 'argmaxEquals',
  traits: {},
  infer(inputs) {
    demandLabels({ op: 'argmaxEquals', inputs })
    return f32([...inputs[0].shape.slice(0, -1), 1], true)
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: [
    { inputs: [images([1, 1]), classNumbers([1], 1)] },
    { inputs: [images([7, 2]), classNumbers([7], 2)] },
    { inputs: [images([9, 4]), classNumbers([9], 4)] },
    { inputs: [images([6, 7]), classNumbers([6], 7)] },
    { inputs: [images([20, 10]), classNumbers([20], 10)] },
    { inputs: [images([3, 10], [1, 1]), classNumbers([3], 2)] },
    { inputs: [images([2, 3, 2, 5]), classNumbers([2, 3, 2], 5)] },
  ],
}
