/** @file The depthwise and the separable convolution over sequences: those over pictures of height 1. */
import { matmul } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import { depthwiseKernelShapes, depthwiseStep } from './depthwise-conv2d.ts'
import { convolution1dArgs, depthMultiplierArg, flatWindow, onFlatPictures } from './geometry.ts'

const depthwiseSchema = {
  ...convolution1dArgs,
  ...depthMultiplierArg,
  ...resultArgs,
  ...weightArgs('depthwise', 'the kernel', 'glorotUniform'),
}

export class DepthwiseConv1D extends Layer<typeof depthwiseSchema> {
  static override readonly className = 'DepthwiseConv1D'
  static override readonly schema = depthwiseSchema
  static override readonly inputRank = 3
  #kernel!: Variable
  #bias: Variable | null = null

  override build([, channels]: Shape): void {
    const { depthMultiplier, useBias } = this.config
    const { shape, stored } = depthwiseKernelShapes(flatWindow(this.config), channels)
    this.#kernel = this.addWeight('kernel', shape.slice(1), { ...weightOptions(this.config, 'depthwise'), stored })
    if (useBias) this.#bias = this.addWeight('bias', [channels * depthMultiplier], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const y = onFlatPictures(x, (picture) => depthwiseStep(picture, this.#kernel, flatWindow(this.config)))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Depthwise convolution over sequences: each input channel is convolved with `depthMultiplier` filters of its own.
 *
 * Input [N,L,C], result [N,Lo,C depthMultiplier]. Weights: kernel [k,C,depthMultiplier] and bias [C depthMultiplier].
 * Defaults: strides 1, padding "valid", dilationRate 1, depthMultiplier 1, activation "linear", useBias true,
 * depthwiseInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function depthwiseConv1d(args: LayerArgs<typeof depthwiseSchema>): DepthwiseConv1D {
  return new DepthwiseConv1D(args)
}

const separableSchema = {
  filters: int('channels of the result', { min: 1 }),
  ...convolution1dArgs,
  ...depthMultiplierArg,
  ...resultArgs,
  ...weightArgs('depthwise', 'the depthwise kernel', 'glorotUniform'),
  ...weightArgs('pointwise', 'the pointwise kernel', 'glorotUniform'),
}

export class SeparableConv1D extends Layer<typeof separableSchema> {
  static override readonly className = 'SeparableConv1D'
  static override readonly schema = separableSchema
  static override readonly inputRank = 3
  #depthwise!: Variable
  #pointwise!: Variable
  #bias: Variable | null = null

  override build([, channels]: Shape): void {
    const { filters, depthMultiplier, useBias } = this.config
    const { shape, stored } = depthwiseKernelShapes(flatWindow(this.config), channels)
    const middle = channels * depthMultiplier
    this.#depthwise = this.addWeight('depthwise_kernel', shape.slice(1), {
      ...weightOptions(this.config, 'depthwise'),
      stored,
    })
    this.#pointwise = this.addWeight('pointwise_kernel', [1, middle, filters], {
      ...weightOptions(this.config, 'pointwise'),
      stored: [middle, filters],
    })
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const y = onFlatPictures(x, (picture) =>
      depthwiseStep(picture, this.#depthwise, flatWindow(this.config)).map((node) =>
        matmul(node, x.trace.read(this.#pointwise)),
      ),
    )
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Depthwise separable convolution over sequences: a depthwise convolution, no bias, and one of length 1 that mixes channels.
 *
 * Input [N,L,C], result [N,Lo,filters]. Weights: depthwise_kernel [k,C,depthMultiplier], pointwise_kernel
 * [1,C depthMultiplier,filters] and one bias [filters]. Defaults: strides 1, padding "valid", dilationRate 1, depthMultiplier
 * 1, activation "linear", useBias true, depthwiseInitializer and pointwiseInitializer "glorotUniform", biasInitializer
 * "zeros". Keras: https://keras.io/api/layers/convolution_layers/separable_convolution1d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function separableConv1d(args: LayerArgs<typeof separableSchema>): SeparableConv1D {
  return new SeparableConv1D(args)
}
