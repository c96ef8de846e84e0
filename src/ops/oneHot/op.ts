/**
 * @file Rows with a 1 in one place and 0 elsewhere: at a class number, at the largest score, or in the bin that holds a value.
 * Metrics count with them: sums of such rows are histograms, products of two kinds of them confusion matrices.
 */
import { build, type Node, type OpDef, type TensorType } from '../../ir/node.ts'
import { num } from '../rules/attrs.ts'
import { classNumbers, images } from '../rules/cases.ts'
import { demand, f32, isRows } from '../rules/infer.ts'

/** labels i32 [N,...,1] -> [N,...,classes]; a row of zeros for labels outside of [0, classes) */
export function oneHot(labels: Node, classes: number): Node {
  return build(oneHotOp, [labels], { classes })
}

/** scores [N,...,C] -> [N,...,C]; of several largest ones the first counts */
export function oneHotMax(scores: Node): Node {
  return build(oneHotMaxOp, [scores])
}

/** x [N,...,1] -> [N,...,bins], bin b holding b < x <= b + 1 */
export function oneHotBin(x: Node, bins: number): Node {
  return build(oneHotBinOp, [x], { bins })
}

function widened({ shape }: TensorType, columns: number): TensorType {
  return f32([...shape.slice(0, -1), columns], true)
}

export const oneHotOp: OpDef = {
  name: 'oneHot',
  traits: {},
  infer(inputs, attrs) {
    const [labels] = inputs
    const fits = labels.dtype === 'i32' && labels.batched && labels.shape.at(-1) === 1 && labels.shape.length >= 2
    demand(fits, { op: 'oneHot', inputs, attrs }, 'labels must be i32 [N, ..., 1]')
    return widened(labels, num(attrs, 'classes'))
  },
  cost: () => ({ macs: 0 }),
  grad: () => [null],
  cases: [
    { inputs: [classNumbers([1], 1)], attrs: { classes: 1 } },
    { inputs: [classNumbers([5], 3)], attrs: { classes: 3 } },
    { inputs: [classNumbers([9], 6)], attrs: { classes: 4 } },
    { inputs: [classNumbers([2, 3, 2], 5)], attrs: { classes: 5 } },
    { inputs: [classNumbers([7], 13)], attrs: { classes: 13 } },
  ],
}

export const oneHotMaxOp: OpDef = {
  name: 'oneHotMax',
  traits: {},
  infer(inputs) {
    demand(isRows(inputs[0]), { op: 'oneHotMax', inputs }, 'scores must be [N, ..., C]')
    return f32(inputs[0].shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: [
    { inputs: [images([1, 1])] },
    { inputs: [images([5, 3])] },
    { inputs: [images([6, 4])] },
    { inputs: [images([2, 3, 2, 7])] },
    { inputs: [images([3, 13])] },
    { inputs: [images([2, 9], [1, 1])] },
  ],
}

export const oneHotBinOp: OpDef = {
  name: 'oneHotBin',
  traits: {},
  infer(inputs, attrs) {
    const [x] = inputs
    demand(isRows(x) && x.shape.at(-1) === 1, { op: 'oneHotBin', inputs, attrs }, 'x must be [N, ..., 1]')
    return widened(x, num(attrs, 'bins'))
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: [
    { inputs: [images([3, 1], [0, 1])], attrs: { bins: 1 } },
    { inputs: [images([7, 1], [0, 3])], attrs: { bins: 3 } },
    { inputs: [images([9, 1], [-1, 5])], attrs: { bins: 4 } },
    { inputs: [images([2, 3, 1], [0, 7])], attrs: { bins: 7 } },
    { inputs: [images([4, 1], [0, 13])], attrs: { bins: 13 } },
  ],
}
