/**
 * @file The product of two matrices that live longer than a batch, y[m,n] = sum over k of a[m,k] b[k,n]: for what is asked
 * of weights once a step. Its adjoints are da = dy b^T and db = a^T dy.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { permute } from '../permute/op.ts'
import { weights } from '../rules/cases.ts'
import { demand, f32, isWeights } from '../rules/infer.ts'

/** a [M, K], b [K, N] -> [M, N]; none of them batched */
export function weightsMatmul(a: Node, b: Node): Node {
  return build(weightsMatmulOp, [a, b])
}

const transposed = (x: Node) => permute(x, [1, 0])

export const weightsMatmulOp: OpDef = {
  name: 'weightsMatmul',
  traits: { linear: [0, 1] },
  infer(inputs) {
    const [a, b] = inputs
    const operands = { op: 'weightsMatmul', inputs }
    demand(isWeights(a, 2) && isWeights(b, 2), operands, 'both must be unbatched [rows, columns]')
    demand(a.shape[1] === b.shape[0], operands, 'the columns of the first must be the rows of the second')
    return f32([a.shape[0], b.shape[1]], false)
  },
  cost: ({ shape, inputs: [a] }) => ({ macs: sizeOf(shape) * a.shape[1] }),
  grad: ({ inputs: [a, b] }, dy) => [weightsMatmul(dy, transposed(b)), weightsMatmul(transposed(a), dy)],
  cases: [
    { inputs: [weights([1, 1]), weights([1, 1])] },
    { inputs: [weights([3, 5]), weights([5, 2])] },
    { inputs: [weights([7, 4]), weights([4, 9])] },
    { inputs: [weights([2, 13]), weights([13, 33])] },
    { inputs: [weights([8, 1]), weights([1, 40])] },
    { inputs: [weights([5, 64]), weights([64, 71])] },
  ],
}
