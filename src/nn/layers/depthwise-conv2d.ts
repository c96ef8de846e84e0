/** @file The depthwise convolution, and the depthwise step that it shares with the separable one. */
import { dwconv2d, repeatChannels } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import { convolutionArgs, depthMultiplierArg, depthwiseGeometry, type WindowConfig } from './geometry.ts'

interface StepConfig extends WindowConfig {
  readonly depthMultiplier: number
}

const schema = {
  ...convolutionArgs,
  ...depthMultiplierArg,
  ...resultArgs,
  ...weightArgs('depthwise', 'the kernel', 'glorotUniform'),
}

/**
 * Convolves each input channel with filters of its own: [N,H,W,C] -> [N,Ho,Wo,C multiplier]. Output channel
 * c multiplier + m is input channel c under filter m, so C multiplier channels, each repeated, meet one filter each.
 */
export function depthwiseStep(x: Tensor, kernel: Variable, args: StepConfig): Tensor {
  const [, height, width] = x.shape
  const geometry = depthwiseGeometry([height, width], args)
  const { depthMultiplier } = args
  const repeated = depthMultiplier === 1 ? x : x.map((node) => repeatChannels(node, depthMultiplier))
  return repeated.map((node) => dwconv2d(node, x.trace.read(kernel), geometry))
}

/** A depthwise kernel's shape in Keras, and in the ops, which number the output channels through. */
export function depthwiseKernelShapes(
  { kernelSize, depthMultiplier }: Pick<StepConfig, 'kernelSize' | 'depthMultiplier'>,
  channels: number,
): { readonly shape: Shape; readonly stored: Shape } {
  return {
    shape: [...kernelSize, channels, depthMultiplier],
    stored: [...kernelSize, channels * depthMultiplier],
  }
}

export class DepthwiseConv2D extends Layer<typeof schema> {
  static override readonly className = 'DepthwiseConv2D'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #kernel!: Variable
  #bias: Variable | null = null

  override build([, , channels]: Shape): void {
    const { depthMultiplier, useBias } = this.config
    const { shape, stored } = depthwiseKernelShapes(this.config, channels)
    this.#kernel = this.addWeight('kernel', shape, { ...weightOptions(this.config, 'depthwise'), stored })
    if (useBias) this.#bias = this.addWeight('bias', [channels * depthMultiplier], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    return addBiasAndActivate(depthwiseStep(x, this.#kernel, this.config), this.#bias, this.config.activation)
  }
}

/**
 * Depthwise convolution: each input channel is convolved with `depthMultiplier` filters of its own.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,C depthMultiplier]. Weights: kernel [kh,kw,C,depthMultiplier] and bias
 * [C depthMultiplier]. Defaults: strides 1, padding "valid", dilationRate 1, depthMultiplier 1, activation "linear",
 * useBias true, depthwiseInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function depthwiseConv2d(args: LayerArgs<typeof schema>): DepthwiseConv2D {
  return new DepthwiseConv2D(args)
}
