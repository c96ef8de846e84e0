/** @file Normalisations that look at one image at a time, composed of primitive ops. */
import { received, SeparableError } from '../../base/errors.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { add, avgPool2d, mul, reciprocal, repeatChannels, reshape, shift, sqrt, square, sub } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { meanOfLast, repeatTo } from '../broadcasting.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, int, number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { alongAxes, alongLast, axes, itemAxis, sizesAlong } from './axes.ts'

const affineArgs = {
  epsilon: number('added to the variance', { min: 0 }).default(1e-3),
  center: bool('whether beta is added').default(true),
  scale: bool('whether the result is multiplied with gamma').default(true),
  ...weightArgs('beta', 'beta', 'zeros'),
  ...weightArgs('gamma', 'gamma', 'ones'),
}

/** (x - mean) / sqrt(variance + epsilon), with means taken by `mean` and repeated to the shape of x by `spread`. */
function standardize(x: Node, epsilon: number, mean: (x: Node) => Node, spread: (x: Node) => Node): Node {
  const centered = sub(x, spread(mean(x)))
  const variance = mean(square(centered))
  return mul(centered, spread(reciprocal(sqrt(shift(variance, epsilon)))))
}

/** gamma x + beta along the last axis. */
function affine(x: Node, { trace }: Tensor, gamma: Variable | null, beta: Variable | null): Node {
  const scaled = gamma ? mul(x, trace.read(gamma)) : x
  return beta ? add(scaled, trace.read(beta)) : scaled
}

const layerSchema = {
  axis: axes('the axis or axes that are normalised').default(-1),
  ...affineArgs,
}

export class LayerNormalization extends Layer<typeof layerSchema> {
  static override readonly className = 'LayerNormalization'
  static override readonly schema = layerSchema
  #gamma: Variable | null = null
  #beta: Variable | null = null

  override build(inputShape: Shape): void {
    const { axis, center, scale } = this.config
    const shape = sizesAlong(inputShape, axis)
    const stored = [sizeOf(shape)]
    if (scale) this.#gamma = this.addWeight('gamma', shape, { ...weightOptions(this.config, 'gamma'), stored })
    if (center) this.#beta = this.addWeight('beta', shape, { ...weightOptions(this.config, 'beta'), stored })
  }

  override call(x: Tensor): Tensor {
    const { axis, epsilon } = this.config
    return x.map((node) =>
      alongAxes(node, axis, (rows) => {
        const normal = standardize(rows, epsilon, meanOfLast, (row) => repeatChannels(row, rows.shape.at(-1) as number))
        return affine(normal, x, this.#gamma, this.#beta)
      }),
    )
  }
}

/**
 * Normalises each image by itself along one axis or several, by default the last: gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * Input and result [N,...]. Weights, of the sizes of the normalised axes: gamma and beta. Defaults: axis -1, epsilon 1e-3,
 * center true, scale true, betaInitializer "zeros", gammaInitializer "ones".
 * Keras: https://keras.io/api/layers/normalization_layers/layer_normalization/; Ba et al., 2016.
 * @throws SeparableError (`argument`) when it is applied to an input without such axes
 */
export function layerNormalization(args: LayerArgs<typeof layerSchema> = {}): LayerNormalization {
  return new LayerNormalization(args)
}

const groupSchema = {
  groups: int('how many groups the channels are cut into; -1 makes each channel a group', { min: -1 }).default(32),
  axis: int('the axis of the channels').default(-1),
  ...affineArgs,
}

export class GroupNormalization extends Layer<typeof groupSchema> {
  static override readonly className = 'GroupNormalization'
  static override readonly schema = groupSchema
  #gamma: Variable | null = null
  #beta: Variable | null = null

  override build(inputShape: Shape): void {
    const { axis, groups, center, scale } = this.config
    const channels = inputShape[itemAxis(axis, inputShape.length)]
    if (groups === 0 || channels % this.#groups(channels) !== 0)
      throw new SeparableError(
        'argument',
        `groups (${groups}) must divide the channels of the input, ${received(channels)}`,
      )
    if (scale) this.#gamma = this.addWeight('gamma', [channels], weightOptions(this.config, 'gamma'))
    if (center) this.#beta = this.addWeight('beta', [channels], weightOptions(this.config, 'beta'))
  }

  override call(x: Tensor): Tensor {
    return x.map((node) => alongLast(node, this.config.axis, (last) => this.#normalised(last, x)))
  }

  #normalised(node: Node, x: Tensor): Node {
    const item = itemShape(node)
    const channels = item.at(-1) as number
    const pixels = sizeOf(item) / channels
    const groups = this.#groups(channels)
    const pool = [pixels, 1] as const
    /** [N,pixels,1,C] -> [N,groups,1] */
    const mean = (node: Node) => {
      const perChannel = avgPool2d(node, { pool, strides: pool, pads: [0, 0, 0, 0] })
      return meanOfLast(reshape(perChannel, [groups, channels / groups]))
    }
    const spread = (node: Node) =>
      repeatTo(reshape(repeatChannels(node, channels / groups), [1, 1, channels]), [pixels, 1, channels])
    const normal = standardize(reshape(node, [pixels, 1, channels]), this.config.epsilon, mean, spread)
    return reshape(affine(normal, x, this.#gamma, this.#beta), item)
  }

  #groups(channels: number): number {
    return this.config.groups === -1 ? channels : this.config.groups
  }
}

/**
 * Normalises each image by itself in groups of channels, over all pixels: gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * Input and result [N,...,C]. Weights, each [C]: gamma and beta. Defaults: groups 32, axis -1, epsilon 1e-3, center true, scale
 * true, betaInitializer "zeros", gammaInitializer "ones".
 * Keras: https://keras.io/api/layers/normalization_layers/group_normalization/; Wu and He, ECCV 2018.
 * @throws SeparableError (`argument`) when it is applied to channels that the groups do not divide
 */
export function groupNormalization(args: LayerArgs<typeof groupSchema> = {}): GroupNormalization {
  return new GroupNormalization(args)
}
