/** @file The depthwise separable convolution: space first, then channels. */
import { matmul } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import { depthwiseKernelShapes, depthwiseStep } from './depthwise-conv2d.ts'
import { convolutionArgs, depthMultiplierArg } from './geometry.ts'

const schema = {
  filters: int('channels of the result', { min: 1 }),
  ...convolutionArgs,
  ...depthMultiplierArg,
  ...resultArgs,
  ...weightArgs('depthwise', 'the depthwise kernel', 'glorotUniform'),
  ...weightArgs('pointwise', 'the pointwise kernel', 'glorotUniform'),
}

export class SeparableConv2D extends Layer<typeof schema> {
  static override readonly className = 'SeparableConv2D'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #depthwise!: Variable
  #pointwise!: Variable
  #bias: Variable | null = null

  override build([, , channels]: Shape): void {
    const { filters, depthMultiplier, useBias } = this.config
    const { shape, stored } = depthwiseKernelShapes(this.config, channels)
    const middle = channels * depthMultiplier
    this.#depthwise = this.addWeight('depthwise_kernel', shape, { ...weightOptions(this.config, 'depthwise'), stored })
    this.#pointwise = this.addWeight('pointwise_kernel', [1, 1, middle, filters], {
      ...weightOptions(this.config, 'pointwise'),
      stored: [middle, filters],
    })
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const depthwise = depthwiseStep(x, this.#depthwise, this.config)
    const pointwise = depthwise.map((node) => matmul(node, x.trace.read(this.#pointwise)))
    return addBiasAndActivate(pointwise, this.#bias, this.config.activation)
  }
}

/**
 * Depthwise separable convolution: a depthwise convolution (one or more filters for each channel, no bias) followed by a
 * 1x1 convolution that mixes channels. A kernel of k x k from C to F channels needs C k² + C F weights where an ordinary
 * convolution needs C F k².
 *
 * Input [N,H,W,C], result [N,Ho,Wo,filters]. Weights: depthwise_kernel [kh,kw,C,depthMultiplier], pointwise_kernel
 * [1,1,C depthMultiplier,filters] and one bias [filters]; strides and dilation act on the depthwise step, the activation
 * comes last. Defaults: strides 1, padding "valid", dilationRate 1, depthMultiplier 1, activation "linear", useBias true,
 * depthwiseInitializer and pointwiseInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/separable_convolution2d/; Chollet: "Xception", CVPR 2017.
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function separableConv2d(args: LayerArgs<typeof schema>): SeparableConv2D {
  return new SeparableConv2D(args)
}
