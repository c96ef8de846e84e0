/** @file Networks, optimizers and data for tests that compare with another program. */
import { Random } from '../../src/base/random.ts'
import {
  input,
  layers,
  type Model,
  model,
  NdArray,
  type Optimizer,
  optimizers,
  type Shape,
  schedules,
  sequential,
} from '../../src/node.ts'

/** Normally distributed. */
export function numbers(shape: Shape, seed = 1): NdArray<Float32Array> {
  const random = new Random(seed)
  const size = shape.reduce((a, b) => a * b, 1)
  return new NdArray(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  )
}

export function someClasses(count: number, classes: number): NdArray<Int32Array> {
  return new NdArray(
    Int32Array.from({ length: count }, (_, i) => (i * 7) % classes),
    [count],
  )
}

/** Pictures [8,8,3] to three classes. */
export function smallNetwork(): Model {
  return sequential([
    input({ shape: [8, 8, 3] }),
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    layers.batchNormalization(),
    layers.separableConv2d({ filters: 6, kernelSize: 3, activation: 'relu', depthwiseRegularizer: 'l2' }),
    layers.globalAveragePooling2d(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
}

/**
 * Two inputs, two outputs (`label`, three classes, and `size`), a layer that is used twice, a network within: pictures
 * [8,8,3] and features [4].
 */
export function wiredNetwork(): Model {
  const pictures = input({ shape: [8, 8, 3], name: 'pictures' })
  const features = input({ shape: [4], name: 'features' })
  const widen = layers.conv2d({ filters: 4, kernelSize: 1, name: 'widen' })
  const again = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', name: 'again', activation: 'tanh' })
  const once = again.apply(widen.apply(pictures))
  const added = layers.add().apply([once, again.apply(once)])
  const within = sequential(
    [
      input({ shape: [8, 8, 4] }),
      layers.layerNormalization(),
      layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.globalMaxPooling2d(),
    ],
    { name: 'within' },
  )
  const joined = layers.concatenate().apply([within.apply(added), layers.dense({ units: 3 }).apply(features)])
  const label = layers.dense({ units: 3, activation: 'softmax', name: 'label' }).apply(joined)
  const size = layers.dense({ units: 1, name: 'size' }).apply(joined)
  return model({ inputs: [pictures, features], outputs: [label, size] })
}

const RATE = 0.01

/** All optimizers, and what they share, by what is special about them. */
export const OPTIMIZERS: { readonly [name: string]: () => Optimizer } = {
  sgd: () => optimizers.sgd({ learningRate: RATE }),
  'sgd, Nesterov, decay': () => optimizers.sgd({ learningRate: RATE, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  adam: () => optimizers.adam({ learningRate: RATE }),
  'adam, amsgrad, clipped': () => optimizers.adam({ learningRate: RATE, amsgrad: true, globalClipnorm: 0.1 }),
  adamw: () => optimizers.adamw({ learningRate: RATE, useEma: true, emaMomentum: 0.9 }),
  nadam: () => optimizers.nadam({ learningRate: RATE }),
  rmsprop: () => optimizers.rmsprop({ learningRate: RATE }),
  'rmsprop, centered': () => optimizers.rmsprop({ learningRate: RATE, momentum: 0.5, centered: true, clipvalue: 0.1 }),
  adagrad: () => optimizers.adagrad({ learningRate: RATE, useEma: true, emaOverwriteFrequency: 2 }),
  adadelta: () => optimizers.adadelta({ learningRate: RATE, rho: 0.9 }),
  adamax: () => optimizers.adamax({ learningRate: RATE }),
  lamb: () => optimizers.lamb({ learningRate: RATE, weightDecay: 0.1 }),
  lion: () => optimizers.lion({ learningRate: RATE, clipnorm: 0.5 }),
  'adam, accumulating': () => optimizers.adam({ learningRate: RATE, gradientAccumulationSteps: 2 }),
  'a schedule': () =>
    optimizers.sgd({
      momentum: 0.5,
      learningRate: schedules.cosineDecay({ initialLearningRate: 0, warmupTarget: 0.1, warmupSteps: 2, decaySteps: 3 }),
    }),
}
