/** @file What outputs are compared with where images have been blended: with the target of each part, for its share. */
import type { Node } from '../ir/node.ts'
import type { Loss } from '../nn/losses/index.ts'
import { type Measure, rowSum } from '../nn/losses/loss.ts'
import type { Metric } from '../nn/metrics/index.ts'
import type { Trace } from '../nn/trace.ts'
import { add, mul, neg, reshape, shift } from '../ops/index.ts'
import { sizeOf } from '../tensor/ndarray.ts'

/** One of the images that each image consists of. */
export interface Aim {
  readonly targets: Node
  /** Its share [N,1]; undefined where it is all there is. */
  readonly share: Node | undefined
}

/**
 * With s of every image left and 1 - s of its partner's: what the image consisted of before, for s times its share, and what
 * the partner consisted of, for 1 - s times its share there.
 */
export function aimsOf({ blends }: Trace, targets: Node): readonly Aim[] {
  let aims: readonly Aim[] = [{ targets, share: undefined }]
  for (const { share, partner } of blends) {
    const rest = shift(neg(share), 1)
    aims = [
      ...aims.map((own) => ({ targets: own.targets, share: product(own.share, share) })),
      ...aims.map((own) => ({ targets: partner(own.targets), share: product(own.share && partner(own.share), rest) })),
    ]
  }
  return aims
}

/** The loss of each aim with each image counting as its weight [N,1] and its share say, added up. */
export function lossOf(loss: Loss, aims: readonly Aim[], output: Node, weights: Node | undefined): Measure {
  return aims
    .map(({ targets, share }) => weighted(loss.measure(targets, output), product(weights, share)))
    .reduce((a, b) => ({ elements: add(a.elements, b.elements), weight: a.weight }))
}

/** The sums of a metric, of which each is linear in what images count. */
export function sumsOf(metric: Metric, aims: readonly Aim[], output: Node, weights: Node | undefined) {
  return aims
    .map(({ targets, share }) => metric.sums(targets, output, product(weights, share)))
    .reduce((a, b) => Object.fromEntries(Object.entries(a).map(([name, sum]) => [name, add(sum, b[name])])))
}

function product(a: Node | undefined, b: Node | undefined): Node | undefined {
  return a && b ? mul(a, b) : (a ?? b)
}

function weighted({ elements, weight }: Measure, weights: Node | undefined): Measure {
  if (!weights) return { elements, weight }
  const item = sizeOf(elements.shape.slice(1))
  return { elements: mul(rowSum(reshape(elements, [item])), weights), weight }
}
