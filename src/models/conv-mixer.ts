/** @file ConvMixer: patches, then depthwise convolutions that mix places and pointwise ones that mix channels. */
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, int } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

export interface ConvMixerArgs extends ImageNetworkArgs {
  /** Channels of every layer. Default: 256. */
  readonly filters?: number
  /** Blocks of a depthwise and a pointwise convolution. Default: 8. */
  readonly depth?: number
  /** Height and width of the depthwise kernels, in patches. Default: 5. */
  readonly kernelSize?: number
  /** Height and width of a patch, in pixels. Default: 2. */
  readonly patchSize?: number
}

/**
 * ConvMixer-256/8: 602,890 weights with the defaults, [32,32,3] and 10 classes, of which 594,186 are trained. All activations
 * are GELU. Trockman and Kolter: "Patches are all you need?", TMLR 2023. Keras:
 * https://keras.io/examples/vision/convmixer/
 */
export function convMixer(args: ConvMixerArgs = {}): Model {
  checkArgs(
    'convMixer',
    {
      ...imageNetworkSchema,
      filters: int('channels of every layer', { min: 1 }),
      depth: int('blocks', { min: 0 }),
      kernelSize: int('of the depthwise kernels', { min: 1 }),
      patchSize: int('in pixels', { min: 1 }),
    },
    args,
  )
  const { inputShape = [32, 32, 3], classes = 10, rescale = false } = args
  const { filters = 256, depth = 8, kernelSize = 5, patchSize = 2 } = args
  const normalised = () => [layers.activation({ activation: 'gelu' }), layers.batchNormalization()]
  const visible = input({ shape: inputShape })
  let x = rescale ? layers.rescaling({ scale: 1 / 255 }).apply(visible) : visible
  x = chain(x, layers.conv2d({ filters, kernelSize: patchSize, strides: patchSize }), ...normalised())
  for (let block = 0; block < depth; block++) {
    const mixed = chain(x, layers.depthwiseConv2d({ kernelSize, padding: 'same' }), ...normalised())
    x = layers.add().apply([mixed, x])
    x = chain(x, layers.conv2d({ filters, kernelSize: 1 }), ...normalised())
  }
  const outputs = chain(x, layers.globalAveragePooling2d(), layers.dense({ units: classes, activation: 'softmax' }))
  return model({ inputs: visible, outputs, name: args.name })
}
