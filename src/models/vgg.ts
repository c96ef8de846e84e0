/** @file VGG-16 and VGG-19: nothing but 3x3 convolutions, and very wide dense layers. */
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs } from '../nn/schema.ts'
import type { Model } from '../train/model.ts'
import { sequential } from '../train/sequential.ts'
import { type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

const FILTERS = [64, 128, 256, 512, 512]

/**
 * VGG-16: 138,357,544 weights with the defaults, [224,224,3] and 1,000 classes. Simonyan and Zisserman: "Very deep
 * convolutional networks", ICLR 2015. Keras: https://keras.io/api/applications/vgg/
 */
export const vgg16 = (args: ImageNetworkArgs = {}): Model => vgg('vgg16', [2, 2, 3, 3, 3], args)

/** VGG-19: 143,667,240 weights; otherwise as VGG-16. */
export const vgg19 = (args: ImageNetworkArgs = {}): Model => vgg('vgg19', [2, 2, 4, 4, 4], args)

function vgg(owner: string, convolutions: readonly number[], args: ImageNetworkArgs): Model {
  checkArgs(owner, imageNetworkSchema, args)
  const { inputShape = [224, 224, 3], classes = 1000, rescale = false } = args
  const blocks = FILTERS.flatMap((filters, block) => [
    ...Array.from({ length: convolutions[block] as number }, (_, i) =>
      layers.conv2d({
        filters,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        name: `block${block + 1}_conv${i + 1}`,
      }),
    ),
    layers.maxPooling2d({ poolSize: 2, strides: 2, name: `block${block + 1}_pool` }),
  ])
  return sequential(
    [
      input({ shape: inputShape }),
      ...(rescale ? [layers.rescaling({ scale: 1 / 127.5, offset: -1 })] : []),
      ...blocks,
      layers.flatten({ name: 'flatten' }),
      layers.dense({ units: 4096, activation: 'relu', name: 'fc1' }),
      layers.dense({ units: 4096, activation: 'relu', name: 'fc2' }),
      layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }),
    ],
    { name: args.name },
  )
}
