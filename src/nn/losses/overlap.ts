/**
 * @file Losses of regions that should cover each other (https://keras.io/api/losses/): masks and what is taken for them, in
 * numbers from 0 to 1. Targets and outputs are [N,...] of equal shape.
 */
import type { Node } from '../../ir/node.ts'
import { add, div, mul, neg, scale, shift, sub } from '../../ops/index.ts'
import { axes, rowsAlong } from '../layers/axes.ts'
import { number, type Resolved } from '../schema.ts'
import { defineLoss, type Measure, meanOfElements, rowSum } from './loss.ts'

/** Keeps empty regions from dividing by 0 (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

const regionArgs = {
  axis: axes('the axes of a region; the loss is the mean over regions, [1, 2] makes each class one').default([1, 2, 3]),
}

/** What both cover, and what each does: [N,K,1]. */
interface Areas {
  readonly both: Node
  readonly target: Node
  readonly output: Node
}

/** 1 - a share of each region. */
function missing(y: Node, p: Node, { axis }: Resolved<typeof regionArgs>, share: (areas: Areas) => Node): Measure {
  const [target, output] = [rowsAlong(y, axis), rowsAlong(p, axis)]
  const areas = { both: rowSum(mul(target, output)), target: rowSum(target), output: rowSum(output) }
  return meanOfElements(shift(neg(share(areas)), 1))
}

/**
 * 1 - 2 sum(y p) / (sum(y) + sum(p)). Default: axis [1, 2, 3], the whole of each picture [N,H,W,C]. Keras without an axis sums
 * over the batch too, which no loss here does. Milletari et al., 3DV 2016.
 */
export const dice = defineLoss({
  name: 'dice',
  targets: 'values',
  schema: regionArgs,
  measure: (y, p, config) =>
    missing(y, p, config, ({ both, target, output }) => div(scale(both, 2), shift(add(target, output), EPSILON))),
})

/**
 * 1 - sum(y p) / (sum(y p) + alpha sum(y (1 - p)) + beta sum((1 - y) p)): what is missed costs alpha, what is too much beta.
 * Defaults: alpha 0.5, beta 0.5, which is `dice`, and its axis. Salehi et al., MLMI 2017.
 */
export const tversky = defineLoss({
  name: 'tversky',
  targets: 'values',
  schema: {
    alpha: number('what is missed costs', { min: 0 }).default(0.5),
    beta: number('what is too much costs', { min: 0 }).default(0.5),
    ...regionArgs,
  },
  measure: (y, p, { alpha, beta, axis }) =>
    missing(y, p, { axis }, ({ both, target, output }) => {
      const errors = add(scale(sub(target, both), alpha), scale(sub(output, both), beta))
      return div(both, shift(add(both, errors), EPSILON))
    }),
})
