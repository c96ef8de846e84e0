/** @file Xception: separable convolutions all the way, with residuals around each block. */
import type { SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

const relu = (name: string) => layers.activation({ activation: 'relu', name })

function separable(name: string, filters: number) {
  return [
    layers.separableConv2d({ filters, kernelSize: 3, padding: 'same', useBias: false, name }),
    layers.batchNormalization({ name: `${name}_bn` }),
  ]
}

/** Two separable convolutions and a pool, beside a 1x1 convolution. */
function entryBlock(x: SymbolicTensor, block: number, filters: readonly [number, number], first: boolean) {
  const [one, two] = filters
  const name = `block${block}`
  const shortcut = chain(
    x,
    layers.conv2d({ filters: two, kernelSize: 1, strides: 2, padding: 'same', useBias: false }),
    layers.batchNormalization(),
  )
  const inner = chain(
    x,
    ...(first ? [] : [relu(`${name}_sepconv1_act`)]),
    ...separable(`${name}_sepconv1`, one),
    relu(`${name}_sepconv2_act`),
    ...separable(`${name}_sepconv2`, two),
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: `${name}_pool` }),
  )
  return layers.add().apply([inner, shortcut])
}

function middleBlock(x: SymbolicTensor, block: number): SymbolicTensor {
  const parts = [1, 2, 3].flatMap((i) => [
    relu(`block${block}_sepconv${i}_act`),
    ...separable(`block${block}_sepconv${i}`, 728),
  ])
  return layers.add().apply([chain(x, ...parts), x])
}

/**
 * 22,910,480 weights with the defaults, [299,299,3] and 1,000 classes. Pixels are to lie between -1 and 1 (`rescale`).
 * Chollet: "Xception: Deep learning with depthwise separable convolutions", CVPR 2017. Keras:
 * https://keras.io/api/applications/xception/
 */
export function xception(args: ImageNetworkArgs = {}): Model {
  checkArgs('xception', imageNetworkSchema, args)
  const { inputShape = [299, 299, 3], classes = 1000, rescale = false } = args
  const visible = input({ shape: inputShape })
  let x = rescale ? layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(visible) : visible
  x = chain(
    x,
    layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, useBias: false, name: 'block1_conv1' }),
    layers.batchNormalization({ name: 'block1_conv1_bn' }),
    relu('block1_conv1_act'),
    layers.conv2d({ filters: 64, kernelSize: 3, useBias: false, name: 'block1_conv2' }),
    layers.batchNormalization({ name: 'block1_conv2_bn' }),
    relu('block1_conv2_act'),
  )
  for (const [i, filters] of [128, 256, 728].entries()) x = entryBlock(x, i + 2, [filters, filters], i === 0)
  for (let block = 5; block <= 12; block++) x = middleBlock(x, block)
  x = entryBlock(x, 13, [728, 1024], false)
  const outputs = chain(
    x,
    ...separable('block14_sepconv1', 1536),
    relu('block14_sepconv1_act'),
    ...separable('block14_sepconv2', 2048),
    relu('block14_sepconv2_act'),
    layers.globalAveragePooling2d({ name: 'avg_pool' }),
    layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}
