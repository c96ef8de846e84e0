/** @file Normalisations that look at sizes alone and move no mean. */
import { clip, div, mul, reciprocal, repeatChannels, shift, sqrt, square, sumChannelGroups } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { meanOfLast } from '../broadcasting.ts'
import { initializers } from '../initializers.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { alongAxes, axes, sizesAlong } from './axes.ts'

const unitSchema = { axis: axes('the axis or axes of the vectors').default(-1) }

/** Vectors are divided by this length at least. */
const SHORTEST = 1e-12

export class UnitNormalization extends Layer<typeof unitSchema> {
  static override readonly className = 'UnitNormalization'
  static override readonly schema = unitSchema

  override call(x: Tensor): Tensor {
    return x.map((node) =>
      alongAxes(node, this.config.axis, (rows) => {
        const size = rows.shape.at(-1) as number
        const squares = clip(sumChannelGroups(square(rows), size), SHORTEST ** 2, Number.POSITIVE_INFINITY)
        return div(rows, repeatChannels(sqrt(squares), size))
      }),
    )
  }
}

/**
 * Brings the vectors of each image to length 1: x / |x|. Input and result [N,...]. Default: axis -1.
 * Keras: https://keras.io/api/layers/normalization_layers/unit_normalization/
 * @throws SeparableError (`argument`) when it is applied to an input without such axes
 */
export function unitNormalization(args: LayerArgs<typeof unitSchema> = {}): UnitNormalization {
  return new UnitNormalization(args)
}

const rmsSchema = {
  axis: axes('the axis or axes that are normalised').default(-1),
  epsilon: number('added to the mean square', { min: 0 }).default(1e-6),
}

export class RMSNormalization extends Layer<typeof rmsSchema> {
  static override readonly className = 'RMSNormalization'
  static override readonly schema = rmsSchema
  #scale!: Variable

  override build(inputShape: Shape): void {
    const shape = sizesAlong(inputShape, this.config.axis)
    this.#scale = this.addWeight('scale', shape, { initializer: initializers.ones(), stored: [sizeOf(shape)] })
  }

  override call(x: Tensor): Tensor {
    const { axis, epsilon } = this.config
    const scale = x.trace.read(this.#scale)
    return x.map((node) =>
      alongAxes(node, axis, (rows) => {
        const factor = reciprocal(sqrt(shift(meanOfLast(square(rows)), epsilon)))
        return mul(mul(rows, repeatChannels(factor, rows.shape.at(-1) as number)), scale)
      }),
    )
  }
}

/**
 * Divides each image by the root of its mean square along one axis or several: scale x / sqrt(mean(x^2) + epsilon).
 *
 * Input and result [N,...]. Weight, of the sizes of the normalised axes: scale. Defaults: axis -1, epsilon 1e-6.
 * Keras: https://keras.io/api/layers/normalization_layers/rms_normalization/; Zhang and Sennrich, NeurIPS 2019.
 * @throws SeparableError (`argument`) when it is applied to an input without such axes
 */
export function rmsNormalization(args: LayerArgs<typeof rmsSchema> = {}): RMSNormalization {
  return new RMSNormalization(args)
}
