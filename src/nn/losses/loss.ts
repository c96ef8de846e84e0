/**
 * @file What a loss is: numbers for every image, in the graph. Their sum over a batch is an output of the step, so that an
 * epoch's mean weighs every image alike, however the batches were cut.
 */
import { blaming } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { neg, oneHot, repeatChannels, shift, sub, sumChannelGroups } from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { type Args, type Resolved, resolve, type Schema, withSchema } from '../schema.ts'

/** The value of an image is the sum of its `elements` times `weight`. */
export interface Measure {
  /** [N, ...] */
  readonly elements: Node
  readonly weight: number
}

/**
 * What an output is compared with: class numbers i32 [N,...,1], values f32 in the shape of the output, or such values that
 * become -1 and 1 when all of them are 0 and 1.
 */
export type TargetKind = 'labels' | 'values' | 'signs'

export interface Loss {
  /** `sparseCategoricalCrossentropy` */
  readonly name: string
  readonly targets: TargetKind
  /** The arguments, completed. */
  readonly config: { readonly [name: string]: unknown }
  /** @param output what the network returns, [N, ..., K] */
  measure(targets: Node, output: Node): Measure
}

interface LossRule<S extends Schema> {
  readonly name: string
  readonly targets: TargetKind
  readonly schema: S
  readonly measure: (targets: Node, output: Node, config: Resolved<S>) => Measure
}

/** A function that makes losses from their arguments, all of which may be left out. */
export function defineLoss<S extends Schema>({ name, targets, schema, measure }: LossRule<S>) {
  return withSchema(schema, (args?: Args<S>): Loss => {
    const config = resolve(name, schema, args)
    return { name, targets, config, measure: (y, output) => blaming(name, () => measure(y, output, config)) }
  })
}

// ------------------------------------------------------------------------------ means

/** The mean over all elements of an image. */
export function meanOfElements(elements: Node): Measure {
  return { elements, weight: 1 / sizeOf(elements.shape.slice(1)) }
}

/** The mean over the rows of an image of their sums: Keras's losses that add along the last axis. */
export function meanOfRows(elements: Node): Measure {
  return { elements, weight: 1 / sizeOf(elements.shape.slice(1, -1)) }
}

// ------------------------------------------------------------------------------ rows

/** [..., C] -> [..., 1] */
export function rowSum(x: Node): Node {
  const columns = x.shape.at(-1) as number
  return columns === 1 ? x : sumChannelGroups(x, columns)
}

/** v [..., 1] -> [..., C] in the shape of `like` */
export function alongRows(like: Node, v: Node): Node {
  const columns = like.shape.at(-1) as number
  return columns === 1 ? v : repeatChannels(v, columns)
}

/** 1 where the label [N,...,1] is another one than `ignored`, otherwise 0; `y` are the one-hot rows of the labels. */
export function countedRows(labels: Node, y: Node, ignored: number): Node {
  const classes = y.shape.at(-1) as number
  if (ignored < 0 || ignored >= classes) return rowSum(y)
  /** Whether the label is below a limit. */
  const below = (limit: number) => rowSum(oneHot(labels, limit))
  return shift(neg(ignored === 0 ? below(1) : sub(below(ignored + 1), below(ignored))), 1)
}
