/** @file Layers that set parts of their input to 0 while training (https://keras.io/api/layers/regularization_layers/). */
import { received, SeparableError } from '../../base/errors.ts'
import { broadcastLike, constant, dropout as dropoutOp, mul, pad } from '../../ops/index.ts'
import { type Shape, showShape } from '../../tensor/ndarray.ts'
import { repeatTo } from '../broadcasting.ts'
import type { LayerArgs } from '../layer.ts'
import { field, number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { RandomLayer, seed } from './random.ts'

interface Drop {
  readonly rate: number
  readonly stream: number
}

/**
 * Sets parts of each image to 0, a share `rate` of them, and divides the others by 1 - rate.
 * @param parts how many there are along each axis of an image: as many as it has elements, or 1
 */
function dropParts(x: Tensor, parts: Shape, drop: Drop): Tensor {
  const item = x.shape.slice(1)
  const step = x.trace.scalar('step')
  if (parts.every((count, axis) => count === item[axis])) return x.map((node) => dropoutOp(node, step, drop))
  return x.map((node) => {
    const firsts = pad(
      node,
      item.flatMap((size, axis) => [0, parts[axis] - size]),
    )
    const kept = dropoutOp(broadcastLike(firsts, constant(x.trace.graph, 1)), step, drop)
    return mul(node, repeatTo(kept, item))
  })
}

type NoiseShape = readonly (number | null)[]

const isSize = (size: unknown) => size === null || (Number.isSafeInteger(size) && (size as number) >= 1)

const dropoutSchema = {
  rate: number('share of the elements that become 0, from 0 to below 1', { min: 0, below: 1 }),
  noiseShape: field<NoiseShape>({
    doc:
      'sizes along all axes, of the batch first, where 1 stands for an axis along which elements are dropped together and ' +
      'null for one along which they are not: [null, 1, 1, 1] drops whole images',
    expects: 'a list of sizes, each an integer >= 1 or null',
    parse: (input) => (Array.isArray(input) && input.every(isSize) ? [...input] : undefined),
  }).orNull(),
  seed,
}

export class Dropout extends RandomLayer<typeof dropoutSchema> {
  static override readonly className = 'Dropout'
  static override readonly schema = dropoutSchema

  override call(x: Tensor): Tensor {
    const { rate } = this.config
    const parts = this.#parts(x)
    if (!x.trace.training || rate === 0) return x
    return dropParts(x, parts, { rate, stream: this.stream() })
  }

  #parts({ shape: [, ...item] }: Tensor): Shape {
    const { noiseShape } = this.config
    if (!noiseShape) return item
    const [batch, ...sizes] = noiseShape
    const parts = sizes.map((size, axis) => size ?? item[axis])
    if (batch === null && parts.length === item.length && parts.every((n, axis) => n === 1 || n === item[axis]))
      return parts
    throw new SeparableError(
      'shape',
      `noiseShape must be null for the batch and null, 1 or the size for each axis of ${showShape([null, ...item])}, ${received(noiseShape)}`,
    )
  }
}

/**
 * While training sets a share `rate` of the elements to 0 and divides the others by 1 - rate; otherwise changes nothing.
 * Each step drops others; which ones depends on the seed and the number of the step alone. Input and result [N,...].
 * `noiseShape: [null, 1, 1, 1]` before a sum with what came in makes a network of random depth (Huang et al., ECCV 2016).
 * Default: noiseShape null, each element by itself.
 * Keras: https://keras.io/api/layers/regularization_layers/dropout/; Srivastava et al., JMLR 2014.
 * @throws SeparableError (`argument`) when the rate does not fit, (`shape`) when noiseShape does not fit the input
 */
export function dropout(args: LayerArgs<typeof dropoutSchema>): Dropout {
  return new Dropout(args)
}

const channelsSchema = {
  rate: number('share of the channels that become 0, from 0 to below 1', { min: 0, below: 1 }),
  seed,
}

abstract class SpatialDropout extends RandomLayer<typeof channelsSchema> {
  static override readonly schema = channelsSchema

  override call(x: Tensor): Tensor {
    const { rate } = this.config
    if (!x.trace.training || rate === 0) return x
    const parts = x.shape.slice(1).map((size, axis, { length }) => (axis === length - 1 ? size : 1))
    return dropParts(x, parts, { rate, stream: this.stream() })
  }
}

export class SpatialDropout1D extends SpatialDropout {
  static override readonly className = 'SpatialDropout1D'
  static override readonly inputRank = 3
}

/**
 * While training sets whole channels of sequences to 0, a share `rate` of them, and divides the others by 1 - rate; otherwise
 * changes nothing. Input and result [N,L,C].
 * Keras: https://keras.io/api/layers/regularization_layers/spatial_dropout1d/; Tompson et al., CVPR 2015.
 * @throws SeparableError (`argument`) when the rate does not fit
 */
export function spatialDropout1d(args: LayerArgs<typeof channelsSchema>): SpatialDropout1D {
  return new SpatialDropout1D(args)
}

export class SpatialDropout2D extends SpatialDropout {
  static override readonly className = 'SpatialDropout2D'
  static override readonly inputRank = 4
}

/**
 * While training sets whole channels of pictures to 0, a share `rate` of them, and divides the others by 1 - rate; otherwise
 * changes nothing. Input and result [N,H,W,C].
 * Keras: https://keras.io/api/layers/regularization_layers/spatial_dropout2d/; Tompson et al., CVPR 2015.
 * @throws SeparableError (`argument`) when the rate does not fit
 */
export function spatialDropout2d(args: LayerArgs<typeof channelsSchema>): SpatialDropout2D {
  return new SpatialDropout2D(args)
}
