/**
 * @file The cross-entropy of the softmax of logits with class numbers, and its gradient. Taken together the two are
 * stable: nothing overflows and no probability is rounded to zero before its logarithm.
 *
 *   l[n] = log(sum over c of exp(z[n,c])) - z[n, label[n]],   dz[n,c] = (softmax(z)[n,c] - [c = label[n]]) dl[n]
 */
import { build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import { classNumbers, images } from '../rules/cases.ts'
import { demand, f32, sameType } from '../rules/infer.ts'
import { demandLabels } from '../rules/labels.ts'

/** logits [N,...,C], labels i32 [N,...,1] in [0,C) -> [N,...,1] */
export function softmaxCrossEntropy(logits: Node, labels: Node): Node {
  return build(softmaxCrossEntropyOp, [logits, labels])
}

/** logits [N,...,C], labels i32 [N,...,1], dl [N,...,1] -> [N,...,C] */
export function softmaxCrossEntropyGrad(logits: Node, labels: Node, dl: Node): Node {
  return build(softmaxCrossEntropyGradOp, [logits, labels, dl])
}

const shapes: readonly { rows: readonly number[]; classes: number; range?: readonly [number, number] }[] = [
  { rows: [1], classes: 1 },
  { rows: [3], classes: 2 },
  { rows: [2], classes: 4 },
  { rows: [4], classes: 7 },
  { rows: [5], classes: 10 },
  { rows: [2], classes: 13, range: [95, 105] },
  { rows: [9], classes: 100, range: [-6, 6] },
  { rows: [2, 3, 2], classes: 5 },
]

const lossCases: OpCase[] = shapes.map(({ rows, classes, range = [-2, 2] }) => ({
  inputs: [images([...rows, classes], range), classNumbers(rows, classes)],
}))

export const softmaxCrossEntropyOp: OpDef = {
  name: 'softmaxCrossEntropy',
  traits: {},
  infer(inputs) {
    demandLabels({ op: 'softmaxCrossEntropy', inputs })
    return f32([...inputs[0].shape.slice(0, -1), 1], true)
  },
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [logits, labels] }, dl) => [softmaxCrossEntropyGrad(logits, labels, dl), null],
  cases: lossCases,
}

export const softmaxCrossEntropyGradOp: OpDef = {
  name: 'softmaxCrossEntropyGrad',
  traits: {},
  infer(inputs) {
    const [logits, , dl] = inputs
    const operands = { op: 'softmaxCrossEntropyGrad', inputs }
    demandLabels(operands)
    demand(sameType(dl, f32([...logits.shape.slice(0, -1), 1], true)), operands, 'dl must be [N, ..., 1]')
    return f32(logits.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: lossCases.map(({ inputs: [logits, labels] }) => ({
    inputs: [logits, labels, images([...logits.shape.slice(0, -1), 1])],
  })),
}
