/**
 * @file Dropout (Srivastava et al., JMLR 2014) with inverted scaling: y = x keep / (1 - rate).
 *
 * Which elements are kept is a pure function of (seed, stream, image number in the batch, element number in the image),
 * so it depends on no thread and the gradient recomputes it instead of storing it. With all arithmetic modulo 2^32,
 *   mix(h): h ^= h >> 16; h *= 0x7feb352d; h ^= h >> 15; h *= 0x846ca68b; h ^= h >> 16
 *   key  = mix(mix(mix(stream + GOLDEN) + seed) + image)
 *   keep = mix(key + element GOLDEN) >= rate 2^32,   GOLDEN = 0x9e3779b9
 * where `mix` is Wellons's lowbias32 (https://nullprogram.com/blog/2018/07/31/), the fractional part of the seed is cut
 * off, elements are counted row-major without padding, and the threshold is rounded to an integer.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { num } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'
import { demand, f32, isRows } from '../rules/infer.ts'

export const GOLDEN = 0x9e3779b9

export type DropoutAttrs = {
  /** Share of the elements that become 0, in [0, 1). */
  readonly rate: number
  /** A 32-bit number that tells the dropout layers of one model apart. */
  readonly stream: number
}

/** x [N,...], seed [1] (the number of the step) -> [N,...] */
export function dropout(x: Node, seed: Node, attrs: DropoutAttrs): Node {
  return build(dropoutOp, [x, seed], attrs)
}

/** Hash values below this are dropped. */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 32)
}

/** The seed lies between two integers so that small changes of it, in the gradient check, change nothing. */
const seed = weights([1], [41.25, 41.75])

export const dropoutOp: OpDef = {
  name: 'dropout',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const [x, seed] = inputs
    const operands = { op: 'dropout', inputs, attrs }
    demand(isRows(x), operands, 'x must be [N, ...]')
    demand(seed.dtype === 'f32' && !seed.batched && seed.shape.join() === '1', operands, 'the seed must be [1]')
    const rate = num(attrs, 'rate')
    demand(rate >= 0 && rate < 1, operands, 'the rate must be at least 0 and below 1')
    demand(Number.isInteger(num(attrs, 'stream')), operands, 'the stream must be an integer')
    return f32(x.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad({ inputs: [, seed], attrs }, dy) {
    return [dropout(dy, seed, attrs as DropoutAttrs), null]
  },
  cases: [
    { inputs: [images([1, 1]), seed], attrs: { rate: 0.5, stream: 0 } },
    { inputs: [images([3, 7]), seed], attrs: { rate: 0.25, stream: 1 } },
    { inputs: [images([5, 64]), seed], attrs: { rate: 0.5, stream: 2 } },
    { inputs: [images([2, 5, 6, 9]), seed], attrs: { rate: 0.9, stream: 3 } },
    { inputs: [images([2, 4, 4, 8]), seed], attrs: { rate: 0, stream: 4 } },
    { inputs: [images([2, 8, 8, 16]), seed], attrs: { rate: 0.1, stream: 7 } },
  ],
}
