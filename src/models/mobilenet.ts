/** @file MobileNet: the network that made depthwise separable convolutions popular. */
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, number } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

export interface MobileNetArgs extends ImageNetworkArgs {
  /** Multiplies the channels of every layer. Default: 1. */
  readonly alpha?: number
  /** Share of the features that is left out before the last layer. Default: 0.001. */
  readonly dropout?: number
  /**
   * How slowly the batch normalisations' running statistics change. Default: 0.99, which takes some thousand steps; a
   * training of a few hundred needs less.
   */
  readonly momentum?: number
}

/** Channels and stride of each block. */
const BLOCKS: readonly (readonly [filters: number, stride: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
]

/**
 * A convolution and thirteen blocks of a depthwise and a pointwise convolution, each with batch normalisation and ReLU6.
 * 4,253,864 weights with the defaults, [224,224,3] and 1,000 classes. Pixels are to lie between -1 and 1 (`rescale`).
 * Howard et al.: "MobileNets", arXiv 1704.04861. Keras: https://keras.io/api/applications/mobilenet/
 */
export function mobileNet(args: MobileNetArgs = {}): Model {
  checkArgs(
    'mobileNet',
    {
      ...imageNetworkSchema,
      alpha: number('multiplies the channels of every layer', { above: 0 }),
      dropout: number('share of the features that is left out', { min: 0, max: 1 }),
      momentum: number('of the batch normalisations', { min: 0, max: 1 }),
    },
    args,
  )
  const {
    inputShape = [224, 224, 3],
    classes = 1000,
    alpha = 1,
    dropout = 0.001,
    momentum = 0.99,
    rescale = false,
  } = args
  const width = (filters: number) => Math.floor(filters * alpha)
  const normalised = (name: string) => [
    layers.batchNormalization({ momentum, name: `${name}_bn` }),
    layers.reLU({ maxValue: 6, name: `${name}_relu` }),
  ]
  const visible = input({ shape: inputShape })
  const first = { filters: width(32), kernelSize: 3, strides: 2, padding: 'same', useBias: false } as const
  let x = rescale ? layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(visible) : visible
  x = chain(x, layers.conv2d({ ...first, name: 'conv1' }), ...normalised('conv1'))
  BLOCKS.forEach(([filters, strides], i) => {
    const name = (part: string) => `conv_${part}_${i + 1}`
    const depthwise = { kernelSize: 3, strides, padding: strides === 1 ? 'same' : 'valid', useBias: false } as const
    if (strides === 2) {
      const padding = [
        [0, 1],
        [0, 1],
      ] as const
      x = layers.zeroPadding2d({ padding, name: `conv_pad_${i + 1}` }).apply(x)
    }
    x = chain(
      x,
      layers.depthwiseConv2d({ ...depthwise, name: name('dw') }),
      ...normalised(name('dw')),
      layers.conv2d({ filters: width(filters), kernelSize: 1, padding: 'same', useBias: false, name: name('pw') }),
      ...normalised(name('pw')),
    )
  })
  const outputs = chain(
    x,
    layers.globalAveragePooling2d({ keepdims: true }),
    layers.dropout({ rate: dropout, name: 'dropout' }),
    layers.conv2d({ filters: classes, kernelSize: 1, padding: 'same', name: 'conv_preds' }),
    layers.reshape({ targetShape: [classes], name: 'reshape_2' }),
    layers.activation({ activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}
