/** @file Residual networks: ResNet-50 for photos, the thin ones for CIFAR, and the tiny one of a benchmark. */
import { received, SeparableError } from '../base/errors.ts'
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { regularizers } from '../nn/regularizers.ts'
import { checkArgs, int } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

const relu = (name?: string) => layers.activation({ activation: 'relu', name })

/**
 * ResNet-50: four stages of bottlenecks, 25,636,712 weights with the defaults, [224,224,3] and 1,000 classes.
 * He, Zhang, Ren and Sun: "Deep residual learning for image recognition", CVPR 2016. Keras:
 * https://keras.io/api/applications/resnet/
 */
export function resNet50(args: ImageNetworkArgs = {}): Model {
  checkArgs('resNet50', imageNetworkSchema, args)
  const { inputShape = [224, 224, 3], classes = 1000, rescale = false } = args
  const visible = input({ shape: inputShape })
  let x = rescale ? layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(visible) : visible
  x = chain(
    x,
    layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }),
    layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, name: 'conv1_conv' }),
    layers.batchNormalization({ epsilon: 1.001e-5, name: 'conv1_bn' }),
    relu('conv1_relu'),
    layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }),
    layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }),
  )
  for (const [stage, blocks] of [3, 4, 6, 3].entries())
    for (let block = 0; block < blocks; block++)
      x = bottleneck(x, {
        name: `conv${stage + 2}_block${block + 1}`,
        filters: 64 * 2 ** stage,
        strides: stage > 0 && block === 0 ? 2 : 1,
        widens: block === 0,
      })
  const outputs = chain(
    x,
    layers.globalAveragePooling2d({ name: 'avg_pool' }),
    layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}

interface Bottleneck {
  readonly name: string
  readonly filters: number
  readonly strides: number
  readonly widens: boolean
}

function bottleneck(from: SymbolicTensor, { name, filters, strides, widens }: Bottleneck): SymbolicTensor {
  const part = (i: number, kernelSize: number, channels: number, step = 1) => [
    layers.conv2d({
      filters: channels,
      kernelSize,
      strides: step,
      padding: kernelSize === 3 ? 'same' : 'valid',
      name: `${name}_${i}_conv`,
    }),
    layers.batchNormalization({ epsilon: 1.001e-5, name: `${name}_${i}_bn` }),
  ]
  const shortcut = widens ? chain(from, ...part(0, 1, 4 * filters, strides)) : from
  const x = chain(
    from,
    ...part(1, 1, filters, strides),
    relu(`${name}_1_relu`),
    ...part(2, 3, filters),
    relu(`${name}_2_relu`),
    ...part(3, 1, 4 * filters),
  )
  return chain(layers.add({ name: `${name}_add` }).apply([shortcut, x]), relu(`${name}_out`))
}

export interface ResNetCifarArgs extends ImageNetworkArgs {
  /** Layers with weights on the way: 20, 32, 44, 56 or another 6 n + 2. Default: 20. */
  readonly depth?: number
}

/** A convolution to so many channels. */
type Convolution = (filters: number, kernelSize: number, strides: number) => Layer

/** Three stages of 16, 32 and 64 channels, with so many blocks each; the shortcut of a block that widens is a 1x1 convolution. */
function threeStages(from: SymbolicTensor, blocks: number, convolution: Convolution): SymbolicTensor {
  let x = chain(from, convolution(16, 3, 1), layers.batchNormalization(), relu())
  for (const [stage, filters] of [16, 32, 64].entries())
    for (let block = 0; block < blocks; block++) {
      const strides = stage > 0 && block === 0 ? 2 : 1
      const inner = chain(
        x,
        convolution(filters, 3, strides),
        layers.batchNormalization(),
        relu(),
        convolution(filters, 3, 1),
        layers.batchNormalization(),
      )
      const shortcut = strides === 2 ? convolution(filters, 1, 2).apply(x) : x
      x = chain(layers.add().apply([shortcut, inner]), relu())
    }
  return x
}

/**
 * The residual networks for CIFAR. Defaults: [32,32,3], 10 classes. He et al., CVPR 2016, section 4.2.
 * @throws SeparableError (`argument`) when no such network has that depth
 */
export function resNetCifar(args: ResNetCifarArgs = {}): Model {
  checkArgs('resNetCifar', { ...imageNetworkSchema, depth: int('6n+2', { min: 1 }) }, args)
  const { inputShape = [32, 32, 3], classes = 10, depth = 20, rescale = false } = args
  if (depth < 8 || depth % 6 !== 2)
    throw new SeparableError('argument', `resNetCifar: depth is 8, 14, 20 or another 6 n + 2, ${received(depth)}`)
  const convolution: Convolution = (filters, kernelSize, strides) =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false, kernelInitializer: 'heNormal' })
  const visible = input({ shape: inputShape })
  const pictures = rescale ? layers.rescaling({ scale: 1 / 255 }).apply(visible) : visible
  const outputs = chain(
    threeStages(pictures, (depth - 2) / 6, convolution),
    layers.globalAveragePooling2d(),
    layers.dense({ units: classes, activation: 'softmax', kernelInitializer: 'heNormal' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}

/**
 * ResNet-8 of MLPerf Tiny: 78,666 weights with the defaults, [32,32,3] and 10 classes. Pixels of 0 to 255 are what its
 * published weights were trained on. Banbury et al.: "MLPerf Tiny benchmark", NeurIPS 2021; He et al., CVPR 2016.
 */
export function resNet8(args: ImageNetworkArgs = {}): Model {
  checkArgs('resNet8', imageNetworkSchema, args)
  const { inputShape = [32, 32, 3], classes = 10, rescale = false } = args
  const [kernelInitializer, kernelRegularizer] = ['heNormal', regularizers.l2({ l2: 1e-4 })] as const
  const convolution: Convolution = (filters, kernelSize, strides) =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', kernelInitializer, kernelRegularizer })
  const visible = input({ shape: inputShape })
  const x = threeStages(rescale ? layers.rescaling({ scale: 1 / 255 }).apply(visible) : visible, 1, convolution)
  const outputs = chain(
    x,
    layers.averagePooling2d({ poolSize: x.shape.slice(1, 3) as [number, number] }),
    layers.flatten(),
    layers.dense({ units: classes, activation: 'softmax', kernelInitializer }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}
