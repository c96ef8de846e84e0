/** @file MobileNetV3: inverted residuals found by search, some with squeeze and excitation, deeper ones with hard SiLU. */
import type { SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, number } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema, makeDivisible } from './chain.ts'

export interface MobileNetV3Args extends ImageNetworkArgs {
  /** Multiplies the channels of every block. Default: 1. */
  readonly alpha?: number
}

type Nonlinearity = 'relu' | 'hardSilu'

/** A row of the paper's tables: channels inside the block and after it, at alpha = 1. */
type Row = readonly [
  kernel: number,
  inner: number,
  filters: number,
  squeeze: boolean,
  nonlinearity: Nonlinearity,
  stride: number,
]

const SMALL: readonly Row[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardSilu', 2],
  [5, 240, 40, true, 'hardSilu', 1],
  [5, 240, 40, true, 'hardSilu', 1],
  [5, 120, 48, true, 'hardSilu', 1],
  [5, 144, 48, true, 'hardSilu', 1],
  [5, 288, 96, true, 'hardSilu', 2],
  [5, 576, 96, true, 'hardSilu', 1],
  [5, 576, 96, true, 'hardSilu', 1],
]

const LARGE: readonly Row[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardSilu', 2],
  [3, 200, 80, false, 'hardSilu', 1],
  [3, 184, 80, false, 'hardSilu', 1],
  [3, 184, 80, false, 'hardSilu', 1],
  [3, 480, 112, true, 'hardSilu', 1],
  [3, 672, 112, true, 'hardSilu', 1],
  [5, 672, 160, true, 'hardSilu', 2],
  [5, 960, 160, true, 'hardSilu', 1],
  [5, 960, 160, true, 'hardSilu', 1],
]

/** Channels after the first convolution. */
const STEM = 16
/** Share of a block's inner channels that the squeezed vector has. */
const SQUEEZE = 0.25

/**
 * 2,554,968 weights with the defaults, [224,224,3] and 1,000 classes. Pixels are to lie between -1 and 1 (`rescale`).
 * Howard et al.: "Searching for MobileNetV3", ICCV 2019. Keras:
 * https://keras.io/api/applications/mobilenet/#mobilenetv3small-function
 */
export const mobileNetV3Small = (args: MobileNetV3Args = {}): Model =>
  mobileNetV3('mobileNetV3Small', SMALL, 1024, args)

/** 5,507,432 weights; otherwise as the small one. */
export const mobileNetV3Large = (args: MobileNetV3Args = {}): Model =>
  mobileNetV3('mobileNetV3Large', LARGE, 1280, args)

function mobileNetV3(owner: string, rows: readonly Row[], features: number, args: MobileNetV3Args): Model {
  checkArgs(
    owner,
    { ...imageNetworkSchema, alpha: number('multiplies the channels of every layer', { above: 0 }) },
    args,
  )
  const { inputShape = [224, 224, 3], classes = 1000, alpha = 1, rescale = false } = args
  const visible = input({ shape: inputShape })
  const first = { filters: STEM, kernelSize: 3, strides: 2, padding: 'same', useBias: false, name: 'conv' } as const
  let x = rescale ? layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(visible) : visible
  x = chain(x, layers.conv2d(first), normalisation('conv_bn'), nonlinear('hardSilu'))
  for (const [block, row] of rows.entries()) {
    const [kernel, inner, filters, squeeze, nonlinearity, stride] = row
    const expansion = inner / (rows[block - 1]?.[2] ?? STEM)
    const sizes = { kernel, expansion, filters: makeDivisible(filters * alpha), stride }
    x = mobileBlock(x, block, { ...sizes, squeeze, nonlinearity })
  }
  const outputs = chain(
    x,
    ...pointwise('conv_1', makeDivisible(6 * channelsOf(x))),
    nonlinear('hardSilu'),
    layers.globalAveragePooling2d({ keepdims: true }),
    layers.conv2d({ filters: alpha > 1 ? makeDivisible(features * alpha) : features, kernelSize: 1, name: 'conv_2' }),
    nonlinear('hardSilu'),
    layers.dropout({ rate: 0.2 }),
    layers.conv2d({ filters: classes, kernelSize: 1, name: 'logits' }),
    layers.flatten(),
    layers.activation({ activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}

interface Block {
  readonly kernel: number
  readonly expansion: number
  readonly filters: number
  readonly stride: number
  readonly squeeze: boolean
  readonly nonlinearity: Nonlinearity
}

function mobileBlock(from: SymbolicTensor, block: number, parts: Block): SymbolicTensor {
  const { kernel, expansion, filters, stride, squeeze, nonlinearity } = parts
  const name = block ? `expanded_conv_${block}` : 'expanded_conv'
  const inner = makeDivisible(channelsOf(from) * expansion)
  const depthwise = { kernelSize: kernel, strides: stride, padding: 'same', useBias: false } as const
  let x = block ? chain(from, ...pointwise(`${name}_expand`, inner), nonlinear(nonlinearity)) : from
  x = chain(
    x,
    layers.depthwiseConv2d({ ...depthwise, name: `${name}_depthwise` }),
    normalisation(`${name}_depthwise_bn`),
    nonlinear(nonlinearity),
  )
  if (squeeze) x = excited(x, `${name}_squeeze_excite`)
  x = chain(x, ...pointwise(`${name}_project`, filters))
  if (stride > 1 || channelsOf(from) !== filters) return x
  return layers.add({ name: `${name}_add` }).apply([from, x])
}

/** Each channel times a factor between 0 and 1 that depends on the means of all channels. */
function excited(x: SymbolicTensor, name: string): SymbolicTensor {
  const squeezed = makeDivisible(channelsOf(x) * SQUEEZE)
  const factors = chain(
    x,
    layers.globalAveragePooling2d({ keepdims: true, name: `${name}_avg_pool` }),
    layers.conv2d({ filters: squeezed, kernelSize: 1, activation: 'relu', name: `${name}_conv` }),
    layers.conv2d({ filters: channelsOf(x), kernelSize: 1, activation: 'hardSigmoid', name: `${name}_conv_1` }),
  )
  return layers.multiply({ name: `${name}_mul` }).apply([x, factors])
}

const channelsOf = ({ shape }: SymbolicTensor) => shape.at(-1) as number
const normalisation = (name: string) => layers.batchNormalization({ epsilon: 1e-3, momentum: 0.999, name })
const nonlinear = (activation: Nonlinearity) => layers.activation({ activation })
const pointwise = (name: string, filters: number) => [
  layers.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name }),
  normalisation(`${name}_bn`),
]
