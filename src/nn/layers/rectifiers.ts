/** @file Activations with arguments, as layers. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import {
  clip,
  elu as eluOp,
  leakyRelu,
  mul,
  neg,
  relu,
  relu6,
  reluGrad,
  reshape,
  scale,
  shift,
  softmax as softmaxOp,
  sub,
} from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int, number, type Resolved, sizes } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { alongLast } from './axes.ts'

const reluSchema = {
  maxValue: number('the greatest result; null sets no limit', { min: 0 }).orNull(),
  negativeSlope: number('factor of what lies below the threshold', { min: 0 }).default(0),
  threshold: number('the smallest input that is passed on', { min: 0 }).default(0),
}

/** x above the threshold (at most maxValue), otherwise negativeSlope (x - threshold). */
function rectify(x: Node, { maxValue, negativeSlope, threshold }: Resolved<typeof reluSchema>): Node {
  if (maxValue === null && threshold === 0) return negativeSlope === 0 ? relu(x) : leakyRelu(x, negativeSlope)
  const upper = aboveThreshold(x, maxValue, threshold)
  return negativeSlope === 0 ? upper : sub(upper, scale(relu(shift(neg(x), threshold)), negativeSlope))
}

function aboveThreshold(x: Node, maxValue: number | null, threshold: number): Node {
  if (maxValue === 6 && threshold === 0) return relu6(x)
  const passed = threshold === 0 ? relu(x) : reluGrad(shift(x, -threshold), x)
  return maxValue === null ? passed : clip(passed, 0, maxValue)
}

export class ReLU extends Layer<typeof reluSchema> {
  static override readonly className = 'ReLU'
  static override readonly schema = reluSchema

  override call(x: Tensor): Tensor {
    return x.map((node) => rectify(node, this.config))
  }
}

/**
 * min(x, maxValue) where x exceeds the threshold, negativeSlope (x - threshold) elsewhere. Input and result [N,...].
 * Defaults: maxValue null, negativeSlope 0, threshold 0. Keras: https://keras.io/api/layers/activation_layers/relu/
 * @throws SeparableError (`argument`) when an argument is negative
 */
export function reLU(args: LayerArgs<typeof reluSchema> = {}): ReLU {
  return new ReLU(args)
}

const leakySchema = { negativeSlope: number('factor of what lies below 0', { min: 0 }).default(0.3) }

export class LeakyReLU extends Layer<typeof leakySchema> {
  static override readonly className = 'LeakyReLU'
  static override readonly schema = leakySchema

  override call(x: Tensor): Tensor {
    return x.map((node) => leakyRelu(node, this.config.negativeSlope))
  }
}

/**
 * x above 0, negativeSlope x elsewhere. Input and result [N,...]. Default: negativeSlope 0.3.
 * Keras: https://keras.io/api/layers/activation_layers/leaky_relu/
 * @throws SeparableError (`argument`) when the slope is negative
 */
export function leakyReLU(args: LayerArgs<typeof leakySchema> = {}): LeakyReLU {
  return new LeakyReLU(args)
}

const eluSchema = { alpha: number('what the result approaches from above, negated', { min: 0 }).default(1) }

export class ELU extends Layer<typeof eluSchema> {
  static override readonly className = 'ELU'
  static override readonly schema = eluSchema

  override call(x: Tensor): Tensor {
    return x.map((node) => eluOp(node, this.config.alpha))
  }
}

/**
 * x above 0, alpha (e^x - 1) elsewhere. Input and result [N,...]. Default: alpha 1.
 * Keras: https://keras.io/api/layers/activation_layers/elu/; Clevert et al., ICLR 2016.
 * @throws SeparableError (`argument`) when alpha is negative
 */
export function elu(args: LayerArgs<typeof eluSchema> = {}): ELU {
  return new ELU(args)
}

const softmaxSchema = { axis: int('the axis along which the results add up to 1; 0 is the batch').default(-1) }

export class Softmax extends Layer<typeof softmaxSchema> {
  static override readonly className = 'Softmax'
  static override readonly schema = softmaxSchema

  override call(x: Tensor): Tensor {
    return x.map((node) => alongLast(node, this.config.axis, softmaxOp))
  }
}

/**
 * e^x divided by the sum of e^x along an axis. Input and result [N,...]. Default: axis -1.
 * Keras: https://keras.io/api/layers/activation_layers/softmax/
 * @throws SeparableError (`argument`) when it is applied to an input without such an axis
 */
export function softmax(args: LayerArgs<typeof softmaxSchema> = {}): Softmax {
  return new Softmax(args)
}

const preluSchema = {
  ...weightArgs('alpha', 'the slopes', 'zeros'),
  sharedAxes: sizes('axes along which all elements share a slope, from 1 on without gaps; null for none').orNull(),
}

export class PReLU extends Layer<typeof preluSchema> {
  static override readonly className = 'PReLU'
  static override readonly schema = preluSchema
  #alpha!: Variable

  override build(inputShape: Shape): void {
    const { sharedAxes } = this.config
    const shared = sharedAxes ?? []
    if (shared.some((axis) => axis > inputShape.length || axis > shared.length))
      throw new SeparableError(
        'unsupported',
        `sharedAxes must be the first axes of ${inputShape.length}: [1], [1, 2], ..., ${received(sharedAxes)}`,
      )
    const shape = inputShape.map((size, i) => (shared.includes(i + 1) ? 1 : size))
    this.#alpha = this.addWeight('alpha', shape, { ...weightOptions(this.config, 'alpha'), stored: [sizeOf(shape)] })
  }

  override call(x: Tensor): Tensor {
    const alpha = x.trace.read(this.#alpha)
    const shape = x.shape.slice(1)
    const size = sizeOf(alpha.shape)
    return x.map((node) => {
      const rows = reshape(node, [sizeOf(shape) / size, size])
      return reshape(sub(relu(rows), mul(relu(neg(rows)), alpha)), shape)
    })
  }
}

/**
 * x above 0, alpha x elsewhere, with slopes that are learnt. Input and result [N,...]. Weight: alpha, of the shape of one
 * item, 1 along the shared axes; `sharedAxes: [1, 2]` gives pictures one slope for each channel.
 * Defaults: alphaInitializer "zeros", sharedAxes null.
 * Keras: https://keras.io/api/layers/activation_layers/prelu/; He et al., ICCV 2015.
 * @throws SeparableError (`unsupported`) when shared axes follow one that is not shared
 */
export function prelu(args: LayerArgs<typeof preluSchema> = {}): PReLU {
  return new PReLU(args)
}
