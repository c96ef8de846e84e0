/**
 * @file The images of a batch moved along by a number of places that is drawn anew in each step; those that leave at the end
 * come in at the front. So each image meets another one of its batch, and each is equally likely to be met.
 *
 *   y[n] = x[(n + by) mod count],  by = floor(floor(word / 2^16) count / 2^16)
 * with the first word of dropout's hash of (seed, stream). The gradient goes the way back: dx[n] = dy[(n - by) mod count].
 */
import { build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import type { DType, Shape } from '../../tensor/ndarray.ts'
import { num } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand } from '../rules/infer.ts'

/** More images would not be equally likely. */
const MAX_IMAGES = 2 ** 16

export type RollAttrs = {
  /** A 32-bit number that tells the layers of one model apart. */
  readonly stream: number
  /** Whether images go back to where a roll of the same stream took them from. */
  readonly back: boolean
}

/**
 * x [N,...] f32 or i32 -> the same shape and type
 *
 * @param seed [1], the number of the step
 * @param invCount [1], 1 / the number of images in this batch, which may be less than N
 */
export function roll(x: Node, seed: Node, invCount: Node, attrs: RollAttrs): Node {
  return build(rollOp, [x, seed, invCount], attrs)
}

/** The seed lies between two integers, the count next to N: small changes, in the gradient check, change nothing. */
function caseOf(shape: Shape, attrs: RollAttrs, dtype: DType = 'f32'): OpCase {
  const n = shape[0]
  const inputs = [
    { ...images(shape), dtype },
    weights([1], [41.25, 41.75]),
    weights([1], [1 / (n + 0.2), 1 / (n - 0.2)]),
  ]
  return { inputs, attrs }
}

export const rollOp: OpDef = {
  name: 'roll',
  traits: { linear: [0], crossesImages: 0 },
  infer(inputs, attrs) {
    const [x, seed, invCount] = inputs
    const operands = { op: 'roll', inputs, attrs }
    demand(x.batched && x.dtype !== 'u8', operands, 'x must be a value of the batch, f32 or i32')
    demand(x.shape[0] <= MAX_IMAGES, operands, `there can be ${MAX_IMAGES} images at most`)
    for (const scalar of [seed, invCount]) {
      const isScalar = scalar.dtype === 'f32' && !scalar.batched && scalar.shape.join() === '1'
      demand(isScalar, operands, 'seed and 1 / count must be [1]')
    }
    demand(Number.isInteger(num(attrs, 'stream')), operands, 'the stream must be an integer')
    return { shape: x.shape, dtype: x.dtype, batched: true }
  },
  cost: () => ({ macs: 0 }),
  grad({ inputs: [, seed, invCount], attrs }, dy) {
    const { stream, back } = attrs as RollAttrs
    return [roll(dy, seed, invCount, { stream, back: !back }), null, null]
  },
  cases: [
    caseOf([1, 3], { stream: 0, back: false }),
    caseOf([4, 1], { stream: 1, back: true }),
    caseOf([7, 5, 3, 5], { stream: -2, back: false }),
    caseOf([5, 2, 2, 8], { stream: 3, back: true }),
    caseOf([9, 13], { stream: 4, back: false }),
  ],
}
