/** @file A small residual network of separable convolutions for small pictures. */

import { initializers } from '../nn/initializers.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs, sizes } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

/** Channels of the first convolution, which sees every pixel: few, as those maps are the largest. */
const STEM = 32
/** Blocks of a stage. */
const BLOCKS = 2

export interface SmallSeparableArgs extends ImageNetworkArgs {
  /** Channels of each stage; every stage halves height and width. Default: [72, 168]. */
  readonly filters?: readonly number[]
}

/**
 * One 3x3 convolution, then separable ones only: each stage begins with one of stride 2 and goes on with two residual blocks
 * of two. Defaults: [32,32,3], 10 classes; 165,090 weights and 16.0 M multiply-accumulates, at 16x16 and 8x8 pixels but for
 * the first. `rescale` brings pixels of 0 to 255 to mean 0 and variance 1 as they are in CIFAR-10.
 *
 * Blocks begin as the identity: the last gamma of each is 0 (Goyal et al.: "Accurate, large minibatch SGD", 2017). Depthwise
 * and pointwise steps follow each other without a normalisation between, as in Xception (Chollet, CVPR 2017), and blocks end
 * in a sum and ReLU as in He et al., CVPR 2016.
 */
export function smallSeparable(args: SmallSeparableArgs = {}): Model {
  checkArgs('smallSeparable', { ...imageNetworkSchema, filters: sizes('channels of each stage') }, args)
  const { inputShape = [32, 32, 3], classes = 10, filters = [72, 168], rescale = false } = args
  const visible = input({ shape: inputShape })
  const pixels = rescale ? layers.normalization(CIFAR10_PIXELS).apply(visible) : visible
  let x = chain(pixels, convolution(STEM), normalization(), relu())
  for (const channels of filters) {
    x = chain(x, separable(channels, 2), normalization(), relu())
    for (let block = 0; block < BLOCKS; block++) x = residual(x, channels)
  }
  const outputs = chain(x, layers.globalAveragePooling2d(), layers.dense({ units: classes, activation: 'softmax' }))
  return model({ inputs: visible, outputs, name: args.name })
}

/** Of the training pictures, red, green and blue. */
const CIFAR10_PIXELS = { mean: [125.31, 122.95, 113.87], variance: [3968.1, 3855, 4449.5] }

function residual(from: SymbolicTensor, channels: number): SymbolicTensor {
  const x = chain(
    from,
    separable(channels),
    normalization(),
    relu(),
    separable(channels),
    normalization({ gammaInitializer: 'zeros' }),
  )
  return chain(layers.add().apply([from, x]), relu())
}

const relu = () => layers.reLU()

/** Moving averages of few steps, for short trainings. */
const normalization = (args: { readonly gammaInitializer?: 'zeros' } = {}) =>
  layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5, ...args })

const withoutBias = { kernelSize: 3, padding: 'same', useBias: false } as const

const convolution = (filters: number) => layers.conv2d({ ...withoutBias, filters, kernelInitializer: 'heNormal' })

const separable = (filters: number, strides = 1) =>
  layers.separableConv2d({
    ...withoutBias,
    filters,
    strides,
    depthwiseInitializer: initializers.heNormal({ fans: 'depthwise' }),
    pointwiseInitializer: 'heNormal',
  })
