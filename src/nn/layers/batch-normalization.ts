/** @file Batch normalisation, composed of primitive ops. */
import type { Node } from '../../ir/node.ts'
import { add, clip, mul, neg, reciprocal, scale, shift, sqrt, square, sub, sumLeading } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { initializer } from '../initializers.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, int, number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { alongLast, itemAxis } from './axes.ts'

const schema = {
  axis: int('the axis of the channels').default(-1),
  momentum: number('how much of a moving average stays in each step', { min: 0, max: 1 }).default(0.99),
  epsilon: number('added to the variance', { min: 0 }).default(1e-3),
  center: bool('whether beta is added').default(true),
  scale: bool('whether the result is multiplied with gamma').default(true),
  ...weightArgs('beta', 'beta', 'zeros'),
  ...weightArgs('gamma', 'gamma', 'ones'),
  movingMeanInitializer: initializer('first values of the moving mean').default('zeros'),
  movingVarianceInitializer: initializer('first values of the moving variance').default('ones'),
}

/** Statistics of each channel, [C]. */
interface Moments {
  /** Values are taken relative to this one, near the mean, which loses no digits to cancellation. */
  readonly origin: Node
  /** The mean minus `origin`; null when that is 0. */
  readonly offset: Node | null
  readonly variance: Node
}

export class BatchNormalization extends Layer<typeof schema> {
  static override readonly className = 'BatchNormalization'
  static override readonly schema = schema
  #gamma: Variable | null = null
  #beta: Variable | null = null
  #movingMean!: Variable
  #movingVariance!: Variable

  override build(inputShape: Shape): void {
    const { axis, center, scale, ...config } = this.config
    const shape = [inputShape[itemAxis(axis, inputShape.length)]]
    if (scale) this.#gamma = this.addWeight('gamma', shape, weightOptions(this.config, 'gamma'))
    if (center) this.#beta = this.addWeight('beta', shape, weightOptions(this.config, 'beta'))
    const moving = (name: string, initializer: typeof config.movingMeanInitializer) =>
      this.addWeight(name, shape, { initializer, trainable: false })
    this.#movingMean = moving('moving_mean', config.movingMeanInitializer)
    this.#movingVariance = moving('moving_variance', config.movingVarianceInitializer)
  }

  /** Whether the channels are the last of so many axes, the batch included. */
  hasChannelsLast(rank: number): boolean {
    return itemAxis(this.config.axis, rank - 1) === rank - 2
  }

  override call(x: Tensor): Tensor {
    const normalised = (node: Node) => this.#normalised(x.map(() => node)).node
    return x.map((node) => alongLast(node, this.config.axis, normalised))
  }

  #normalised(x: Tensor): Tensor {
    const { trace } = x
    const { origin, offset, variance } =
      trace.training && this.trainable ? this.#batchMoments(x) : this.#movingMoments(x)
    const inverse = reciprocal(sqrt(shift(variance, this.config.epsilon)))
    const factor = this.#gamma ? mul(inverse, trace.read(this.#gamma)) : inverse
    const shifts = [...(offset ? [neg(mul(offset, factor))] : []), ...(this.#beta ? [trace.read(this.#beta)] : [])]
    return x.map((node) => {
      const scaled = mul(sub(node, origin), factor)
      return shifts.length ? add(scaled, shifts.reduce(add)) : scaled
    })
  }

  #movingMoments({ trace }: Tensor): Moments {
    return { origin: trace.read(this.#movingMean), offset: null, variance: trace.read(this.#movingVariance) }
  }

  /**
   * Mean and biased variance of each channel over images and pixels, from sums relative to the moving mean, in one pass:
   * variance = mean((x - origin)^2) - offset^2 (T. Chan, G. Golub and R. LeVeque, "Algorithms for computing the sample
   * variance", The American Statistician 37(3), 1983). The moving averages follow: moving momentum + batch (1 - momentum).
   */
  #batchMoments({ node, trace, shape }: Tensor): Moments {
    const pixels = sizeOf(shape.slice(1, -1))
    const share = scale(trace.scalar('invBatch'), 1 / pixels)
    const origin = trace.read(this.#movingMean)
    const relative = sub(node, origin)
    const offset = mul(sumLeading(relative), share)
    const squares = mul(sumLeading(square(relative)), share)
    const variance = clip(sub(squares, square(offset)), 0, Number.POSITIVE_INFINITY)
    const follow = (moving: Variable, batch: Node) => {
      const { momentum } = this.config
      trace.update(moving, add(scale(trace.latest(moving), momentum), scale(batch, 1 - momentum)))
    }
    follow(this.#movingMean, add(origin, offset))
    follow(this.#movingVariance, variance)
    return { origin, offset, variance }
  }
}

/**
 * Normalises each channel, with the mean and variance of the batch while training, with their moving averages otherwise:
 * gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * Input and result [N,...,C]. Weights, each [C]: gamma, beta and, not trained, moving_mean, moving_variance. Frozen
 * (`trainable = false`) it uses the moving averages even while training. Defaults: axis -1, momentum 0.99, epsilon 1e-3,
 * center true, scale true. Keras: https://keras.io/api/layers/normalization_layers/batch_normalization/; Ioffe and Szegedy,
 * ICML 2015.
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function batchNormalization(args: LayerArgs<typeof schema> = {}): BatchNormalization {
  return new BatchNormalization(args)
}
