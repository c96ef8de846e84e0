/** @file The ordinary convolution over pictures. */
import { received, SeparableError } from '../../base/errors.ts'
import { conv2d as conv2dOp, matmul } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { initializer } from '../initializers.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { activationArg, addBiasAndActivate, biasArgs } from './bias.ts'
import { convolutionArgs, padsOf } from './geometry.ts'

const schema = {
  filters: int('channels of the result', { min: 1 }),
  ...convolutionArgs,
  ...activationArg,
  ...biasArgs,
  kernelInitializer: initializer('first values of the kernel').default('glorotUniform'),
}

export class Conv2D extends Layer<typeof schema> {
  static override readonly className = 'Conv2D'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema>) {
    super(args)
    const { strides, dilationRate } = this.config
    if (Math.max(...strides) > 1 && Math.max(...dilationRate) > 1)
      throw new SeparableError(
        'argument',
        `${this.name} (Conv2D): strides above 1 do not go with dilationRate above 1, ${received({ strides, dilationRate })}`,
      )
  }

  override build([, , channels]: Shape): void {
    const { filters, kernelSize, kernelInitializer, useBias, biasInitializer } = this.config
    const shape = [...kernelSize, channels, filters]
    const stored = this.#isPointwise ? [channels, filters] : shape
    this.#kernel = this.addWeight('kernel', shape, { initializer: kernelInitializer, stored })
    if (useBias) this.#bias = this.addWeight('bias', [filters], { initializer: biasInitializer })
  }

  override call(x: Tensor): Tensor {
    const { kernelSize: kernel, strides, dilationRate: dilation, padding, activation } = this.config
    const [, height, width] = x.shape
    const pads = padsOf([height, width], { kernel, strides, dilation, padding })
    const weights = x.trace.read(this.#kernel)
    const y = x.map((node) =>
      this.#isPointwise ? matmul(node, weights) : conv2dOp(node, weights, { strides, dilation, pads }),
    )
    return addBiasAndActivate(y, this.#bias, activation)
  }

  /** A 1x1 kernel that moves by one pixel is a product of each pixel's channels with a matrix. */
  get #isPointwise(): boolean {
    return [...this.config.kernelSize, ...this.config.strides].every((n) => n === 1)
  }
}

/**
 * Ordinary convolution: each of `filters` output channels is a weighted sum over a window of all input channels.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,filters]. Weights: kernel [kh,kw,C,filters] and bias [filters].
 * Defaults: strides 1, padding "valid", dilationRate 1, activation "linear", useBias true, kernelInitializer
 * "glorotUniform", biasInitializer "zeros". Keras: https://keras.io/api/layers/convolution_layers/convolution2d/
 * @throws SeparableError (`argument`) when an argument does not fit, or strides and dilationRate both exceed 1
 */
export function conv2d(args: LayerArgs<typeof schema>): Conv2D {
  return new Conv2D(args)
}
