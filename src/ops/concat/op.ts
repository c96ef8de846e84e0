/** @file Joins values along their last axis: y[..., offset_i + c] = x_i[..., c]. */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { sliceLast } from '../pad/op.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32, sameShape } from '../rules/infer.ts'

/** x_i [..., C_i], all batched or none -> [..., sum of all C_i] */
export function concat(values: readonly Node[]): Node {
  return values.length === 1 ? values[0] : build(concatOp, values)
}

const channels = ({ shape }: { readonly shape: readonly number[] }) => shape.at(-1) as number

export const concatOp: OpDef = {
  name: 'concat',
  traits: {},
  infer(inputs) {
    const [{ shape, batched }] = inputs
    const operands = { op: 'concat', inputs }
    const others = shape.slice(0, -1)
    const fits = inputs.every(
      (x) => x.dtype === 'f32' && x.batched === batched && sameShape(x.shape.slice(0, -1), others),
    )
    demand(
      fits && shape.length > (batched ? 1 : 0),
      operands,
      'operands must be f32 and differ in their last axis only',
    )
    return f32([...others, inputs.reduce((sum, x) => sum + channels(x), 0)], batched)
  },
  cost: () => ({ macs: 0 }),
  grad({ inputs }, dy) {
    let from = 0
    return inputs.map((x) => {
      const slice = sliceLast(dy, from, channels(x))
      from += channels(x)
      return slice
    })
  },
  cases: [
    { inputs: [images([1, 1]), images([1, 1])] },
    { inputs: [images([3, 5]), images([3, 2]), images([3, 6])] },
    { inputs: [images([2, 3, 3, 4]), images([2, 3, 3, 8])] },
    { inputs: [images([1, 2, 5, 3]), images([1, 2, 5, 3]), images([1, 2, 5, 3]), images([1, 2, 5, 3])] },
    { inputs: [images([2, 7, 9]), images([2, 7, 1])] },
    { inputs: [weights([3, 3, 5]), weights([3, 3, 4])] },
    { inputs: [weights([7]), weights([2])] },
  ],
}
