/** @file EfficientNetB0: inverted residuals with squeeze and excitation, found by search. */
import type { SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { checkArgs } from '../nn/schema.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { chain, type ImageNetworkArgs, imageNetworkSchema } from './chain.ts'

interface Stage {
  readonly kernel: number
  readonly repeats: number
  readonly filters: number
  readonly expansion: number
  readonly stride: number
}

const STAGES: readonly Stage[] = [
  { kernel: 3, repeats: 1, filters: 16, expansion: 1, stride: 1 },
  { kernel: 3, repeats: 2, filters: 24, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 2, filters: 40, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 3, filters: 80, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 3, filters: 112, expansion: 6, stride: 1 },
  { kernel: 5, repeats: 4, filters: 192, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 1, filters: 320, expansion: 6, stride: 1 },
]

/** Share of a block's input channels that the squeezed vector has. */
const SQUEEZE = 0.25

const silu = (name: string) => layers.activation({ activation: 'silu', name })

function convolution(name: string, filters: number) {
  return [
    layers.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name: `${name}_conv` }),
    layers.batchNormalization({ name: `${name}_bn` }),
  ]
}

/**
 * 5,330,571 weights with the defaults, [224,224,3] and 1,000 classes, of which the first layers, which bring pixels of 0 to
 * 255 into range, hold 7. Tan and Le: "EfficientNet", ICML 2019. Keras: https://keras.io/api/applications/efficientnet/
 */
export function efficientNetB0(args: Omit<ImageNetworkArgs, 'rescale'> = {}): Model {
  checkArgs('efficientNetB0', imageNetworkSchema, args)
  const { inputShape = [224, 224, 3], classes = 1000 } = args
  const visible = input({ shape: inputShape })
  let x = chain(
    visible,
    layers.rescaling({ scale: 1 / 255 }),
    layers.normalization({ axis: -1, name: 'normalization' }),
    layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: 'same', useBias: false, name: 'stem_conv' }),
    layers.batchNormalization({ name: 'stem_bn' }),
    silu('stem_activation'),
  )
  for (const [i, stage] of STAGES.entries())
    for (let block = 0; block < stage.repeats; block++) {
      const name = `block${i + 1}${String.fromCharCode(97 + block)}`
      x = mobileBlock(x, name, { ...stage, stride: block === 0 ? stage.stride : 1 })
    }
  const outputs = chain(
    x,
    ...convolution('top', 1280),
    silu('top_activation'),
    layers.globalAveragePooling2d({ name: 'avg_pool' }),
    layers.dropout({ rate: 0.2, name: 'top_dropout' }),
    layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }),
  )
  return model({ inputs: visible, outputs, name: args.name })
}

function mobileBlock(
  from: SymbolicTensor,
  name: string,
  { kernel, filters, expansion, stride }: Stage,
): SymbolicTensor {
  const channels = from.shape.at(-1) as number
  const inner = channels * expansion
  let x = expansion > 1 ? chain(from, ...convolution(`${name}_expand`, inner), silu(`${name}_expand_activation`)) : from
  x = chain(
    x,
    layers.depthwiseConv2d({
      kernelSize: kernel,
      strides: stride,
      padding: 'same',
      useBias: false,
      name: `${name}_dwconv`,
    }),
    layers.batchNormalization({ name: `${name}_bn` }),
    silu(`${name}_activation`),
  )
  const squeezed = { filters: Math.max(1, Math.floor(channels * SQUEEZE)), kernelSize: 1, padding: 'same' } as const
  const weights = chain(
    x,
    layers.globalAveragePooling2d({ keepdims: true, name: `${name}_se_squeeze` }),
    layers.conv2d({ ...squeezed, activation: 'silu', name: `${name}_se_reduce` }),
    layers.conv2d({ ...squeezed, filters: inner, activation: 'sigmoid', name: `${name}_se_expand` }),
  )
  x = layers.multiply({ name: `${name}_se_excite` }).apply([x, weights])
  x = chain(x, ...convolution(`${name}_project`, filters))
  if (stride > 1 || channels !== filters) return x
  return layers.add({ name: `${name}_add` }).apply([layers.dropout({ rate: 0.2, name: `${name}_drop` }).apply(x), from])
}
