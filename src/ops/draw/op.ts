/**
 * @file Whole numbers for each image of a batch, from the hash that dropout uses (see there): where augmentation cuts, and
 * whether it mirrors.
 *
 *   y[image, k] = floor(floor(word / 2^16) choices_k / 2^16) with the word of (seed, stream, image, k)
 * They depend on no thread, and are integers throughout, so that every backend draws the same ones.
 */
import { type Attrs, build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import { num, nums } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand } from '../rules/infer.ts'

/** More would not be equally likely. */
const MAX_CHOICES = 2 ** 16

export type DrawAttrs = {
  /** A 32-bit number that tells the layers of one model apart. */
  readonly stream: number
  /** Number k is one of 0 to choices_k - 1; up to four of them. */
  readonly choices: readonly number[]
}

/** like [N,...], whose values do not matter, seed [1] (the number of the step) -> i32 [N,K] */
export function draw(like: Node, seed: Node, attrs: DrawAttrs): Node {
  return build(drawOp, [like, seed], attrs)
}

/** The seed lies between two integers so that small changes of it, in the gradient check, change nothing. */
function caseOf(imageCount: number, attrs: Attrs): OpCase {
  return { inputs: [images([imageCount, 3]), weights([1], [41.25, 41.75])], attrs }
}

export const drawOp: OpDef = {
  name: 'draw',
  traits: {},
  infer(inputs, attrs) {
    const [like, seed] = inputs
    const operands = { op: 'draw', inputs, attrs }
    demand(like.batched, operands, 'the first operand must be a value of the batch')
    demand(seed.dtype === 'f32' && !seed.batched && seed.shape.join() === '1', operands, 'the seed must be [1]')
    demand(Number.isInteger(num(attrs, 'stream')), operands, 'the stream must be an integer')
    const choices = nums(attrs, 'choices')
    const countable = choices.every((n) => Number.isInteger(n) && n >= 1 && n <= MAX_CHOICES)
    demand(countable, operands, `choices must be integers from 1 to ${MAX_CHOICES}`)
    demand(choices.length >= 1 && choices.length <= 4, operands, 'there must be one to four choices')
    return { shape: [like.shape[0], choices.length], dtype: 'i32', batched: true }
  },
  cost: () => ({ macs: 0 }),
  grad: () => [null, null],
  cases: [
    caseOf(1, { stream: 0, choices: [1] }),
    caseOf(5, { stream: 1, choices: [2, 7] }),
    caseOf(4, { stream: -2, choices: [1, 3, 65536] }),
    caseOf(7, { stream: 3, choices: [9, 9, 2, 2] }),
    caseOf(9, { stream: 4, choices: [13, 11, 7, 5] }),
  ],
}
