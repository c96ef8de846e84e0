/**
 * @file Random numbers in the shape of a batch: evenly spread over (0, 1), from the hash that dropout uses (see there).
 *
 *   y[image, element] = (floor(word / 2^9) + 1/2) / 2^23 with the word of (seed, stream, image, element)
 * They depend on no thread, and neither end of the interval occurs, so that logarithms of them are finite.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { num } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32, isRows } from '../rules/infer.ts'

export type NoiseAttrs = {
  /** A 32-bit number that tells the layers of one model apart. */
  readonly stream: number
}

/** like [N,...], whose values do not matter, seed [1] (the number of the step) -> [N,...] */
export function noise(like: Node, seed: Node, attrs: NoiseAttrs): Node {
  return build(noiseOp, [like, seed], attrs)
}

/** Between two integers, so that small changes, in the gradient check, change nothing. */
const seed = weights([1], [41.25, 41.75])

export const noiseOp: OpDef = {
  name: 'noise',
  traits: {},
  infer(inputs, attrs) {
    const [like, seed] = inputs
    const operands = { op: 'noise', inputs, attrs }
    demand(isRows(like), operands, 'the first operand must be [N, ...]')
    demand(seed.dtype === 'f32' && !seed.batched && seed.shape.join() === '1', operands, 'the seed must be [1]')
    demand(Number.isInteger(num(attrs, 'stream')), operands, 'the stream must be an integer')
    return f32(like.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: () => [null, null],
  cases: [
    { inputs: [images([1, 1]), seed], attrs: { stream: 0 } },
    { inputs: [images([3, 7]), seed], attrs: { stream: 1 } },
    { inputs: [images([5, 64]), seed], attrs: { stream: 2 } },
    { inputs: [images([2, 5, 6, 9]), seed], attrs: { stream: 3 } },
    { inputs: [images([2, 4, 4, 8]), seed], attrs: { stream: -4 } },
  ],
}
