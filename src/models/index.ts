/** @file The zoo: each network a short function. */
import type { Model } from '../train/model.ts'
import type { ImageNetworkArgs } from './chain.ts'
import { type ConvMixerArgs, convMixer } from './conv-mixer.ts'
import { efficientNetB0 } from './efficientnet-b0.ts'
import { leNet5 } from './lenet.ts'
import { type MobileNetArgs, mobileNet } from './mobilenet.ts'
import { type MobileNetV2Args, mobileNetV2 } from './mobilenet-v2.ts'
import { type MobileNetV3Args, mobileNetV3Large, mobileNetV3Small } from './mobilenet-v3.ts'
import { type ResNetCifarArgs, resNet8, resNet50, resNetCifar } from './resnet.ts'
import { type SmallSeparableArgs, smallSeparable } from './small-separable.ts'
import { vgg16, vgg19 } from './vgg.ts'
import { type VggBlocksArgs, vggBlocks } from './vgg-blocks.ts'
import { xception } from './xception.ts'

export {
  type ConvMixerArgs,
  convMixer,
  efficientNetB0,
  type ImageNetworkArgs,
  leNet5,
  type MobileNetArgs,
  type MobileNetV2Args,
  type MobileNetV3Args,
  mobileNet,
  mobileNetV2,
  mobileNetV3Large,
  mobileNetV3Small,
  type ResNetCifarArgs,
  resNet8,
  resNet50,
  resNetCifar,
  type SmallSeparableArgs,
  smallSeparable,
  type VggBlocksArgs,
  vgg16,
  vgg19,
  vggBlocks,
  xception,
}

/** What every network of the zoo can be asked for; what is left out is as its paper has it. */
export type ZooArgs = ImageNetworkArgs

/** Networks by the names that the command line knows. */
export const zoo = {
  /** The tutorial's, with ordinary convolutions. */
  conv: (args: ZooArgs = {}): Model => vggBlocks({ ...args, convolution: 'conv' }),
  /** The tutorial's, with depthwise separable convolutions in every place. */
  separable: (args: ZooArgs = {}): Model => vggBlocks({ ...args, convolution: 'separable' }),
  'small-separable': (args: ZooArgs = {}): Model => smallSeparable(args),
  lenet5: (args: ZooArgs = {}): Model => leNet5(args),
  resnet8: (args: ZooArgs = {}): Model => resNet8(args),
  resnet20: (args: ZooArgs = {}): Model => resNetCifar(args),
  resnet32: (args: ZooArgs = {}): Model => resNetCifar({ ...args, depth: 32 }),
  resnet56: (args: ZooArgs = {}): Model => resNetCifar({ ...args, depth: 56 }),
  'conv-mixer': (args: ZooArgs = {}): Model => convMixer(args),
  mobilenet: (args: ZooArgs = {}): Model => mobileNet(args),
  'mobilenet-v2': (args: ZooArgs = {}): Model => mobileNetV2(args),
  'mobilenet-v3-small': (args: ZooArgs = {}): Model => mobileNetV3Small(args),
  'mobilenet-v3-large': (args: ZooArgs = {}): Model => mobileNetV3Large(args),
  'efficientnet-b0': (args: ZooArgs = {}): Model => efficientNetB0(args),
  xception: (args: ZooArgs = {}): Model => xception(args),
  resnet50: (args: ZooArgs = {}): Model => resNet50(args),
  vgg16: (args: ZooArgs = {}): Model => vgg16(args),
  vgg19: (args: ZooArgs = {}): Model => vgg19(args),
} as const

export type ZooName = keyof typeof zoo
