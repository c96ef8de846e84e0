/** @file What the generic test of layers checks: at least one use of every layer. */
import type { Shape } from '../../tensor/ndarray.ts'
import type { Layer } from '../layer.ts'
import { layers } from './index.ts'

export interface LayerCheck {
  /** Makes the layer. */
  readonly make: () => Layer
  /** The shape of each input and of the result, without the batch. */
  readonly inputs: readonly Shape[]
  readonly output: Shape
  /** Numbers of elements of the trainable and the other weights. */
  readonly params: readonly [trainable: number, others: number]
}

/** A check of a layer with one input. */
function check(make: () => Layer, input: Shape, output: Shape, params: LayerCheck['params'] = [0, 0]): LayerCheck {
  return { make, inputs: [input], output, params }
}

/** A check of a layer that has several inputs and no weights. */
function merge(make: () => Layer, inputs: readonly Shape[], output: Shape): LayerCheck {
  return { make, inputs, output, params: [0, 0] }
}

const CONVOLUTIONS = [
  check(
    () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    [5, 6, 3],
    [3, 3, 4],
    [3 * 3 * 3 * 4 + 4, 0],
  ),
  check(
    () => layers.conv2d({ filters: 5, kernelSize: 1, kernelInitializer: 'heNormal' }),
    [3, 3, 2],
    [3, 3, 5],
    [2 * 5 + 5, 0],
  ),
  check(
    () => layers.depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 2, activation: 'tanh' }),
    [5, 5, 3],
    [3, 4, 6],
    [3 * 2 * 3 * 2 + 6, 0],
  ),
  check(
    () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, dilationRate: 2 }),
    [6, 6, 3],
    [2, 2, 4],
    [3 * 3 * 3 * 2 + 6 * 4 + 4, 0],
  ),
]

const POOLING = [
  check(() => layers.maxPooling2d({ poolSize: 3, strides: 2 }), [6, 7, 2], [2, 3, 2]),
  check(() => layers.averagePooling2d({ padding: 'same' }), [5, 5, 2], [3, 3, 2]),
  check(() => layers.globalAveragePooling2d(), [3, 4, 2], [2]),
  check(() => layers.globalAveragePooling2d({ keepdims: true }), [3, 4, 2], [1, 1, 2]),
  check(() => layers.globalMaxPooling2d(), [3, 4, 5], [5]),
  check(() => layers.globalMaxPooling2d({ keepdims: true }), [2, 2, 2], [1, 1, 2]),
]

const ARRANGING = [
  check(() => layers.flatten(), [2, 3, 2], [12]),
  check(() => layers.reshape({ targetShape: [2, -1, 3] }), [4, 6], [2, 4, 3]),
  check(
    () =>
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    [2, 3, 2],
    [3, 6, 2],
  ),
]

const MERGING = [
  merge(
    () => layers.add(),
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [2, 3],
  ),
  merge(() => layers.multiply(), [[5], [5]], [5]),
  merge(
    () => layers.concatenate(),
    [
      [2, 2, 3],
      [2, 2, 1],
      [2, 2, 5],
    ],
    [2, 2, 9],
  ),
  merge(
    () => layers.concatenate({ axis: 1 }),
    [
      [2, 3],
      [1, 3],
    ],
    [3, 3],
  ),
]

const OTHERS = [
  check(() => layers.dense({ units: 4, activation: 'sigmoid' }), [6], [4], [28, 0]),
  check(() => layers.dense({ units: 4, useBias: false }), [2, 6], [2, 4], [24, 0]),
  check(() => layers.activation({ activation: 'softmax' }), [5], [5]),
  check(() => layers.reLU(), [5], [5]),
  check(() => layers.reLU({ maxValue: 1, negativeSlope: 0.2, threshold: 0.1 }), [3, 5], [3, 5]),
  check(() => layers.dropout({ rate: 0.25 }), [4, 2], [4, 2]),
  check(() => layers.rescaling({ scale: 1 / 127.5, offset: -1 }), [3], [3]),
  check(() => layers.batchNormalization({ momentum: 0.9 }), [3, 2, 4], [3, 2, 4], [8, 8]),
  check(() => layers.batchNormalization({ scale: false }), [5], [5], [5, 10]),
]

export const CHECKS: readonly LayerCheck[] = [...CONVOLUTIONS, ...POOLING, ...ARRANGING, ...MERGING, ...OTHERS]
