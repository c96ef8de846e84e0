/** @file The same elements in the same order under another shape of the item (one image, or the whole unbatched value). */
import { build, itemShape, type Node, type OpDef } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { nums } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32 } from '../rules/infer.ts'

/** x -> [N, ...item] when batched, otherwise [...item] */
export function reshape(x: Node, item: Shape): Node {
  return build(reshapeOp, [x], { item })
}

export const reshapeOp: OpDef = {
  name: 'reshape',
  traits: { view: true, linear: [0] },
  infer(inputs, attrs) {
    const [x] = inputs
    const item = nums(attrs, 'item')
    const operands = { op: 'reshape', inputs, attrs }
    demand(x.dtype === 'f32', operands, 'x must be f32')
    demand(sizeOf(item) === sizeOf(itemShape(x)), operands, 'the item must keep its number of elements')
    return f32(x.batched ? [x.shape[0], ...item] : item, x.batched)
  },
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [x] }, dy) => [reshape(dy, itemShape(x))],
  cases: [
    { inputs: [images([2, 3, 4, 5])], attrs: { item: [60] } },
    { inputs: [images([3, 60])], attrs: { item: [3, 4, 5] } },
    { inputs: [images([1, 1])], attrs: { item: [1, 1, 1] } },
    { inputs: [images([2, 2, 2, 7])], attrs: { item: [4, 7] } },
    { inputs: [weights([7])], attrs: { item: [7, 1] } },
    { inputs: [weights([3, 3, 4])], attrs: { item: [36] } },
  ],
}
