/** @file The transposed convolution: the gradient of a convolution as a step of its own, to make pictures larger. */
import { received, SeparableError } from '../../base/errors.ts'
import { conv2dGradX } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import { convolutionArgs, refuseStridedDilation, transposedGeometry } from './geometry.ts'

const schema = {
  filters: int('channels of the result', { min: 1 }),
  ...convolutionArgs,
  outputPadding: pair('pixels of the result beyond the least, below the strides; null fills up the stride', {
    min: 0,
  }).orNull(),
  ...resultArgs,
  ...weightArgs('kernel', 'the kernel', 'glorotUniform'),
}

export class Conv2DTranspose extends Layer<typeof schema> {
  static override readonly className = 'Conv2DTranspose'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema>) {
    super(args)
    const { strides, outputPadding } = this.config
    refuseStridedDilation(`${this.name} (Conv2DTranspose)`, this.config)
    if (outputPadding?.some((padding, axis) => padding >= strides[axis]))
      throw new SeparableError(
        'argument',
        `${this.name} (Conv2DTranspose): outputPadding must be below the strides, ${received({ strides, outputPadding })}`,
      )
  }

  override build([, , channels]: Shape): void {
    const { filters, kernelSize, useBias } = this.config
    this.#kernel = this.addWeight('kernel', [...kernelSize, filters, channels], weightOptions(this.config, 'kernel'))
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const [, height, width] = x.shape
    const geometry = transposedGeometry([height, width], this.config)
    const y = x.map((node) => conv2dGradX(node, x.trace.read(this.#kernel), geometry))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Transposed convolution: each input pixel adds its kernel to a window of the result.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,filters]; with stride s and padding "same" H s x W s pixels. Weights: kernel
 * [kh,kw,filters,C] and bias [filters]. Defaults: strides 1, padding "valid", outputPadding null, dilationRate 1, activation
 * "linear", useBias true, kernelInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/convolution2d_transpose/
 * @throws SeparableError (`argument`) when an argument does not fit, strides and dilationRate both exceed 1, or outputPadding
 *   is not below the strides
 */
export function conv2dTranspose(args: LayerArgs<typeof schema>): Conv2DTranspose {
  return new Conv2DTranspose(args)
}
