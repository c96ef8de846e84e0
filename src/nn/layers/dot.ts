/** @file The layer of scalar products (https://keras.io/api/layers/merging_layers/dot/). */
import { received, SeparableError } from '../../base/errors.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { clip, div, mul, permute, reshape, sqrt, square, sumChannelGroups } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { repeatTo } from '../broadcasting.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, field } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { itemAxis } from './axes.ts'

/** Vectors are divided by this length at least (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

const isAxis = (input: unknown): input is number => Number.isSafeInteger(input) && input !== 0

const schema = {
  axes: field<number | readonly number[]>({
    doc: 'the axis of the vectors, for both inputs or for each',
    expects: 'an integer other than 0, or two of them',
    parse: (input) =>
      isAxis(input) || (Array.isArray(input) && input.length === 2 && input.every(isAxis)) ? input : undefined,
  }),
  normalize: bool('whether vectors are brought to length 1 first, which makes their cosine').default(false),
}

export class Dot extends Layer<typeof schema> {
  static override readonly className = 'Dot'
  static override readonly schema = schema

  override call(...inputs: readonly Tensor[]): Tensor {
    if (inputs.length !== 2)
      throw new SeparableError('argument', `there must be two inputs, ${received(inputs.length)}`)
    const [first, second = first] = [this.config.axes].flat()
    const [a, b] = inputs.map(({ node }, i) => this.#vectors(node, i === 0 ? first : second))
    if (a.size !== b.size)
      throw new SeparableError(
        'shape',
        `the axes must have equal sizes, ${received(inputs.map(({ shape }) => [null, ...shape.slice(1)]))}`,
      )
    const all = [sizeOf(a.others), sizeOf(b.others), a.size]
    const products = mul(repeatTo(reshape(a.node, [all[0], 1, a.size]), all), repeatTo(b.node, all))
    const others = [...a.others, ...b.others]
    return inputs[0].map(() => reshape(sumChannelGroups(products, a.size), others.length > 0 ? others : [1]))
  }

  /** [N, others, size], and what the others are. */
  #vectors(node: Node, axis: number): { readonly node: Node; readonly others: Shape; readonly size: number } {
    const item = itemShape(node)
    const index = itemAxis(axis, item.length)
    const [others, size] = [item.toSpliced(index, 1), item[index]]
    const rows = reshape(permute(node, [...[...item.keys()].toSpliced(index, 1), index]), [sizeOf(others), size])
    if (!this.config.normalize) return { node: rows, others, size }
    const lengths = clip(sqrt(sumChannelGroups(square(rows), size)), EPSILON, Number.POSITIVE_INFINITY)
    return { node: div(rows, repeatTo(lengths, [sizeOf(others), size])), others, size }
  }
}

/**
 * The scalar products of all vectors of one input with all of the other, along an axis of each: `layers.dot({ axes: 1 })` makes
 * [N,1] of [N,K] and [N,K], `layers.dot({ axes: 2 })` makes [N,A,B] of [N,A,K] and [N,B,K]. Default: normalize false.
 * Keras: https://keras.io/api/layers/merging_layers/dot/
 * @throws SeparableError (`argument`, `shape`) when it is applied to inputs that do not fit
 */
export function dot(args: LayerArgs<typeof schema>): Dot {
  return new Dot(args)
}
