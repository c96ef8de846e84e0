/** @file The transposed convolutions: the gradient of a convolution as a step of its own, to make pictures and sequences larger. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { conv2dGradX } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import {
  convolution1dArgs,
  convolutionArgs,
  flatWindow,
  onFlatPictures,
  refuseStridedDilation,
  transposedGeometry,
} from './geometry.ts'

const filtersArg = { filters: int('channels of the result', { min: 1 }) }

const schema = {
  ...filtersArg,
  ...convolutionArgs,
  outputPadding: pair('pixels of the result beyond the least, below the strides; null fills up the stride', {
    min: 0,
  }).orNull(),
  ...resultArgs,
  ...weightArgs('kernel', 'the kernel', 'glorotUniform'),
}

/** The convolution itself. x [N,H,W,C], kernel [kh,kw,filters,C] -> [N,Ho,Wo,filters] */
function spread(x: Tensor, kernel: Node, args: Parameters<typeof transposedGeometry>[1]): Tensor {
  const [, height, width] = x.shape
  return x.map((node) => conv2dGradX(node, kernel, transposedGeometry([height, width], args)))
}

/** @throws SeparableError (`argument`) when strides and dilationRate both exceed 1, or outputPadding is not below the strides */
function refuseArguments(owner: string, config: { strides: Sizes; dilationRate: Sizes; outputPadding: Sizes | null }) {
  refuseStridedDilation(owner, config)
  const { strides, outputPadding } = config
  if (outputPadding !== null && [outputPadding].flat().some((padding, axis) => padding >= [strides].flat()[axis]))
    throw new SeparableError(
      'argument',
      `${owner}: outputPadding must be below the strides, ${received({ strides, outputPadding })}`,
    )
}

type Sizes = number | readonly number[]

export class Conv2DTranspose extends Layer<typeof schema> {
  static override readonly className = 'Conv2DTranspose'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema>) {
    super(args)
    refuseArguments(`${this.name} (Conv2DTranspose)`, this.config)
  }

  override build([, , channels]: Shape): void {
    const { filters, kernelSize, useBias } = this.config
    this.#kernel = this.addWeight('kernel', [...kernelSize, filters, channels], weightOptions(this.config, 'kernel'))
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const y = spread(x, x.trace.read(this.#kernel), this.config)
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

const schema1d = {
  ...filtersArg,
  ...convolution1dArgs,
  outputPadding: int('steps of the result beyond the least, below the strides; null fills up the stride', {
    min: 0,
  }).orNull(),
  ...resultArgs,
  ...weightArgs('kernel', 'the kernel', 'glorotUniform'),
}

export class Conv1DTranspose extends Layer<typeof schema1d> {
  static override readonly className = 'Conv1DTranspose'
  static override readonly schema = schema1d
  static override readonly inputRank = 3
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema1d>) {
    super(args)
    refuseArguments(`${this.name} (Conv1DTranspose)`, this.config)
  }

  override build([, channels]: Shape): void {
    const { filters, kernelSize, useBias } = this.config
    const stored = [1, kernelSize, filters, channels]
    this.#kernel = this.addWeight('kernel', stored.slice(1), { ...weightOptions(this.config, 'kernel'), stored })
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const { outputPadding } = this.config
    const flat = {
      ...flatWindow(this.config),
      outputPadding: outputPadding === null ? null : ([0, outputPadding] as const),
    }
    const y = onFlatPictures(x, (picture) => spread(picture, x.trace.read(this.#kernel), flat))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Transposed convolution over sequences: each step adds its kernel to a window of the result.
 *
 * Input [N,L,C], result [N,Lo,filters]; with stride s and padding "same" L s steps. Weights: kernel [k,filters,C] and bias
 * [filters]. Defaults: strides 1, padding "valid", outputPadding null, dilationRate 1, activation "linear", useBias true,
 * kernelInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/convolution1d_transpose/
 * @throws SeparableError as `conv2dTranspose`
 */
export function conv1dTranspose(args: LayerArgs<typeof schema1d>): Conv1DTranspose {
  return new Conv1DTranspose(args)
}
