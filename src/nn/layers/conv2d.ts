/** @file The ordinary convolutions over pictures and over sequences. */
import type { Shape } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import type { Variable } from '../variable.ts'
import { weightArgs, weightOptions } from '../weight-args.ts'
import { addBiasAndActivate, resultArgs } from './bias.ts'
import { convolutionKernelShapes, convolve, refuseUnevenGroups } from './convolution.ts'
import {
  causalPaddingArg,
  convolution1dArgs,
  convolutionArgs,
  flatWindow,
  groupsArg,
  onFlatPictures,
  refuseStridedDilation,
} from './geometry.ts'

const filtersArg = { filters: int('channels of the result', { min: 1 }) }

const otherArgs = {
  ...groupsArg,
  ...resultArgs,
  ...weightArgs('kernel', 'the kernel', 'glorotUniform'),
}

const schema = { ...filtersArg, ...convolutionArgs, ...otherArgs }

export class Conv2D extends Layer<typeof schema> {
  static override readonly className = 'Conv2D'
  static override readonly schema = schema
  static override readonly inputRank = 4
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema>) {
    super(args)
    refuseStridedDilation(`${this.name} (Conv2D)`, this.config)
    refuseUnevenGroups(`${this.name} (Conv2D)`, this.config)
  }

  override build([, , channels]: Shape): void {
    const { filters, useBias } = this.config
    const { shape, stored } = convolutionKernelShapes(this.config, channels)
    this.#kernel = this.addWeight('kernel', shape, { ...weightOptions(this.config, 'kernel'), stored })
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const y = x.map((node) => convolve(node, x.trace.read(this.#kernel), this.config))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Ordinary convolution: each of `filters` output channels is a weighted sum over a window of all input channels, or, in
 * groups, of those of its group.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,filters]. Weights: kernel [kh,kw,C/groups,filters] and bias [filters].
 * Defaults: strides 1, padding "valid", dilationRate 1, groups 1, activation "linear", useBias true, kernelInitializer
 * "glorotUniform", biasInitializer "zeros". Keras: https://keras.io/api/layers/convolution_layers/convolution2d/
 * @throws SeparableError (`argument`) when an argument does not fit, strides and dilationRate both exceed 1, or groups do not
 *   divide the filters; (`shape`) when they do not divide the channels
 */
export function conv2d(args: LayerArgs<typeof schema>): Conv2D {
  return new Conv2D(args)
}

const schema1d = { ...filtersArg, ...convolution1dArgs, ...causalPaddingArg, ...otherArgs }

export class Conv1D extends Layer<typeof schema1d> {
  static override readonly className = 'Conv1D'
  static override readonly schema = schema1d
  static override readonly inputRank = 3
  #kernel!: Variable
  #bias: Variable | null = null

  constructor(args: LayerArgs<typeof schema1d>) {
    super(args)
    refuseStridedDilation(`${this.name} (Conv1D)`, this.config)
    refuseUnevenGroups(`${this.name} (Conv1D)`, this.config)
  }

  override build([, channels]: Shape): void {
    const { filters, useBias } = this.config
    const { shape, stored } = convolutionKernelShapes(flatWindow(this.config), channels)
    this.#kernel = this.addWeight('kernel', shape.slice(1), { ...weightOptions(this.config, 'kernel'), stored })
    if (useBias) this.#bias = this.addWeight('bias', [filters], weightOptions(this.config, 'bias'))
  }

  override call(x: Tensor): Tensor {
    const kernel = x.trace.read(this.#kernel)
    const y = onFlatPictures(x, (picture) => picture.map((node) => convolve(node, kernel, flatWindow(this.config))))
    return addBiasAndActivate(y, this.#bias, this.config.activation)
  }
}

/**
 * Ordinary convolution over sequences. Input [N,L,C], result [N,Lo,filters]. Weights: kernel [k,C/groups,filters] and bias
 * [filters]. Defaults: strides 1, padding "valid", dilationRate 1, groups 1, activation "linear", useBias true,
 * kernelInitializer "glorotUniform", biasInitializer "zeros".
 * Keras: https://keras.io/api/layers/convolution_layers/convolution1d/
 * @throws SeparableError as `conv2d`
 */
export function conv1d(args: LayerArgs<typeof schema1d>): Conv1D {
  return new Conv1D(args)
}
