/** @file The networks of the tutorial that started the project: blocks of two convolutions and a pool, as in VGG. */
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, oneOf, sizes } from '../nn/schema.ts'
import type { Model } from '../train/model.ts'
import { sequential } from '../train/sequential.ts'
import { imageNetworkSchema } from './chain.ts'

export interface VggBlocksArgs {
  /** Which convolution stands in every place: Conv2D or SeparableConv2D. Default: "separable". */
  readonly convolution?: 'conv' | 'separable'
  /** Channels of each block. Default: [64, 128, 256]. */
  readonly filters?: readonly number[]
  /** Default: [32, 32, 3]. */
  readonly inputShape?: readonly number[]
  /** Default: 10. */
  readonly classes?: number
  /** Whether a first layer brings pixels of 0 to 255 into the range from 0 to 1. Default: false. */
  readonly rescale?: boolean
  readonly name?: string | undefined
}

/**
 * For each number of filters two 3x3 `same` convolutions with ReLU and a 2x2 max-pool, then one dense layer with softmax.
 * Defaults on CIFAR-10: 1,186,378 weights and 152.8 M multiply-accumulates with ordinary convolutions, 174,821 and 18.3 M
 * with separable ones. Simonyan and Zisserman: "Very deep convolutional networks", ICLR 2015.
 */
export function vggBlocks(args: VggBlocksArgs = {}): Model {
  checkArgs(
    'vggBlocks',
    {
      ...imageNetworkSchema,
      convolution: oneOf('which one stands in every place', 'conv', 'separable'),
      filters: sizes('channels of each block'),
    },
    args,
  )
  const { convolution = 'separable', filters = [64, 128, 256], inputShape = [32, 32, 3], classes = 10 } = args
  const entrance = args.rescale ? [layers.rescaling({ scale: 1 / 255 })] : []
  const layer = convolution === 'conv' ? layers.conv2d : layers.separableConv2d
  const blocks = filters.flatMap((channels) => [
    layer({ filters: channels, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layer({ filters: channels, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2, strides: 2 }),
  ])
  const head = [layers.flatten(), layers.dense({ units: classes, activation: 'softmax' })]
  return sequential([input({ shape: inputShape }), ...entrance, ...blocks, ...head], { name: args.name })
}
