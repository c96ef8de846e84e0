/** @file Layers that disturb their input while training (https://keras.io/api/layers/regularization_layers/). */
import type { Node } from '../../ir/node.ts'
import { add, cosTurns, dropout, log, mul, noise, scale, shift, sqrt } from '../../ops/index.ts'
import type { LayerArgs } from '../layer.ts'
import { number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { RandomLayer, seed } from './random.ts'

/** Numbers of the standard normal distribution in the shape of x, others in each step (Box and Muller, 1958). */
export function normal(x: Tensor, [first, second]: readonly [number, number]): Node {
  const step = x.trace.scalar('step')
  const radius = sqrt(scale(log(noise(x.node, step, { stream: first })), -2))
  return mul(radius, cosTurns(noise(x.node, step, { stream: second })))
}

const stddevSchema = { stddev: number('standard deviation of the noise', { min: 0 }), seed }

export class GaussianNoise extends RandomLayer<typeof stddevSchema> {
  static override readonly className = 'GaussianNoise'
  static override readonly schema = stddevSchema

  override call(x: Tensor): Tensor {
    const { stddev } = this.config
    if (!x.trace.training || stddev === 0) return x
    return x.map((node) => add(node, scale(normal(x, [this.stream(0), this.stream(1)]), stddev)))
  }
}

/**
 * While training adds normally distributed noise; otherwise changes nothing. Input and result [N,...].
 * Keras: https://keras.io/api/layers/regularization_layers/gaussian_noise/
 * @throws SeparableError (`argument`) when the standard deviation is negative
 */
export function gaussianNoise(args: LayerArgs<typeof stddevSchema>): GaussianNoise {
  return new GaussianNoise(args)
}

const alphaSchema = {
  rate: number('share of the elements that are dropped, from 0 to below 1', { min: 0, below: 1 }),
  seed,
}

/** What SELU approaches below: the value of dropped elements. */
const LOWEST = -1.7580993408473766

export class AlphaDropout extends RandomLayer<typeof alphaSchema> {
  static override readonly className = 'AlphaDropout'
  static override readonly schema = alphaSchema

  /** a (x kept + lowest (1 - kept)) + b, with a and b such that mean 0 and variance 1 stay so. */
  override call(x: Tensor): Tensor {
    const { rate } = this.config
    if (!x.trace.training || rate === 0) return x
    const a = 1 / Math.sqrt((1 - rate) * (1 + rate * LOWEST ** 2))
    const step = x.trace.scalar('step')
    return x.map((node) => {
      const above = dropout(shift(node, -LOWEST), step, { rate, stream: this.stream() })
      return shift(scale(above, a * (1 - rate)), a * (1 - rate) * LOWEST)
    })
  }
}

/**
 * Dropout for networks of SELU: while training sets a share `rate` of the elements to what SELU approaches below, then scales
 * and shifts all so that mean 0 and variance 1 stay so; otherwise changes nothing. Input and result [N,...].
 * Keras: https://keras.io/api/layers/regularization_layers/alpha_dropout/; Klambauer et al., NIPS 2017.
 * @throws SeparableError (`argument`) when the rate does not fit
 */
export function alphaDropout(args: LayerArgs<typeof alphaSchema>): AlphaDropout {
  return new AlphaDropout(args)
}

const gaussianRateSchema = {
  rate: number('the noise has the standard deviation sqrt(rate / (1 - rate))', { min: 0, below: 1 }),
  seed,
}

export class GaussianDropout extends RandomLayer<typeof gaussianRateSchema> {
  static override readonly className = 'GaussianDropout'
  static override readonly schema = gaussianRateSchema

  override call(x: Tensor): Tensor {
    const { rate } = this.config
    if (!x.trace.training || rate === 0) return x
    const stddev = Math.sqrt(rate / (1 - rate))
    return x.map((node) => mul(node, shift(scale(normal(x, [this.stream(0), this.stream(1)]), stddev), 1)))
  }
}

/**
 * While training multiplies with normally distributed numbers around 1; otherwise changes nothing. Input and result [N,...].
 * Keras: https://keras.io/api/layers/regularization_layers/gaussian_dropout/; Srivastava et al., JMLR 2014.
 * @throws SeparableError (`argument`) when the rate does not fit
 */
export function gaussianDropout(args: LayerArgs<typeof gaussianRateSchema>): GaussianDropout {
  return new GaussianDropout(args)
}
