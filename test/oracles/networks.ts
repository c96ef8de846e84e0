/** @file Networks and data for tests that compare with another program. */
import { Random } from '../../src/base/random.ts'
import { input, layers, type Model, model, NdArray, type Shape, sequential } from '../../src/node.ts'

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
