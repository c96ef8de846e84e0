/** @file MobileNetV2: blocks that are wide inside and narrow between, with residuals from narrow to narrow. */
import type { SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, number } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema, makeDivisible } from './chain.ts'

export interface MobileNetV2Args extends ImageNetworkArgs {
  /** Multiplies the channels of every layer. Default: 1. */
  readonly alpha?: number
}

/** Expansion, channels, repetitions, stride of the first. */
const STAGES: readonly (readonly [expansion: number, filters: number, repeats: number, stride: number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
]

const normalisation = (name: string) => layers.batchNormalization({ epsilon: 1e-3, momentum: 0.999, name })
const relu6 = (name: string) => layers.reLU({ maxValue: 6, name })

/**
 * 3,538,984 weights with the defaults, [224,224,3] and 1,000 classes. Pixels are to lie between -1 and 1 (`rescale`).
 * Sandler et al.: "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018.
 * Keras: https://keras.io/api/applications/mobilenet/#mobilenetv2-function
 */
export function mobileNetV2(args: MobileNetV2Args = {}): Model {
  checkArgs(
    'mobileNetV2',
    { ...imageNetworkSchema, alpha: number('multiplies the channels of every layer', { above: 0 }) },
    args,
  )
  const { inputShape = [224, 224, 3], classes = 1000, alpha = 1, rescale = false } = args
  const visible = input({ shape: inputShape })
  const first = { filters: makeDivisible(32 * alpha), kernelSize: 3, strides: 2, padding: 'same' } as const
  let x = rescale ? layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(visible) : visible
  x = chain(
    x,
    layers.conv2d({ ...first, useBias: false, name: 'Conv1' }),
    normalisation('bn_Conv1'),
    relu6('Conv1_relu'),
  )
  let block = 0
  for (const [expansion, filters, repeats, stride] of STAGES)
    for (let i = 0; i < repeats; i++)
      x = invertedResidual(x, {
        block: block++,
        expansion,
        filters: makeDivisible(Math.floor(filters * alpha)),
        stride: i === 0 ? stride : 1,
      })
  const last = alpha > 1 ? makeDivisible(1280 * alpha) : 1280
  const outputs = chain(
    x,
    layers.conv2d({ filters: last, kernelSize: 1, useBias: false, name: 'Conv_1' }),
    normalisation('Conv_1_bn'),
    relu6('out_relu'),
    layers.globalAveragePooling2d(),
    layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}

interface Block {
  readonly block: number
  readonly expansion: number
  readonly filters: number
  readonly stride: number
}

function invertedResidual(from: SymbolicTensor, { block, expansion, filters, stride }: Block): SymbolicTensor {
  const channels = from.shape.at(-1) as number
  const prefix = block ? `block_${block}` : 'expanded_conv'
  let x = from
  if (block)
    x = chain(
      x,
      layers.conv2d({ filters: expansion * channels, kernelSize: 1, useBias: false, name: `${prefix}_expand` }),
      normalisation(`${prefix}_expand_BN`),
      relu6(`${prefix}_expand_relu`),
    )
  x = chain(
    x,
    layers.depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: 'same',
      useBias: false,
      name: `${prefix}_depthwise`,
    }),
    normalisation(`${prefix}_depthwise_BN`),
    relu6(`${prefix}_depthwise_relu`),
    layers.conv2d({ filters, kernelSize: 1, useBias: false, name: `${prefix}_project` }),
    normalisation(`${prefix}_project_BN`),
  )
  return channels === filters && stride === 1 ? layers.add({ name: `${prefix}_add` }).apply([from, x]) : x
}
