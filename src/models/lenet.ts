/** @file LeNet-5: the first convolutional network in wide use, which read the digits on cheques. */
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs } from '../nn/schema.ts'
import type { Model } from '../train/model.ts'
import { sequential } from '../train/sequential.ts'
import { type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

/**
 * LeNet-5 as it is built today: 61,706 weights with the defaults, [28,28,1] and 10 classes. The paper pads its digits to
 * 32x32, here the first convolution does; its pools have weights, its second convolution leaves out connections, and its
 * last layer measures distances where this one has softmax.
 * LeCun, Bottou, Bengio and Haffner: "Gradient-based learning applied to document recognition", Proc. IEEE 86 (1998).
 */
export function leNet5(args: ImageNetworkArgs = {}): Model {
  checkArgs('leNet5', imageNetworkSchema, args)
  const { inputShape = [28, 28, 1], classes = 10, rescale = false } = args
  return sequential(
    [
      input({ shape: inputShape }),
      ...(rescale ? [layers.rescaling({ scale: 1 / 255 })] : []),
      layers.conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'tanh' }),
      layers.averagePooling2d(),
      layers.conv2d({ filters: 16, kernelSize: 5, activation: 'tanh' }),
      layers.averagePooling2d(),
      layers.flatten(),
      layers.dense({ units: 120, activation: 'tanh' }),
      layers.dense({ units: 84, activation: 'tanh' }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
    { name: args.name },
  )
}
