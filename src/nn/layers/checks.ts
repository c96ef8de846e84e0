/** @file What the generic test of layers checks: at least one use of every layer. */
import type { Shape } from '../../tensor/ndarray.ts'
import { type ActivationName, activations } from '../activations.ts'
import { constraints } from '../constraints.ts'
import { initializers } from '../initializers.ts'
import type { Layer } from '../layer.ts'
import { regularizers } from '../regularizers.ts'
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
  check(
    () => layers.conv2d({ filters: 6, kernelSize: 3, groups: 2, padding: 'same', dilationRate: 2 }),
    [5, 4, 4],
    [5, 4, 6],
    [3 * 3 * 2 * 6 + 6, 0],
  ),
  check(
    () => layers.conv2d({ filters: 6, kernelSize: [2, 3], groups: 3, useBias: false }),
    [4, 5, 3],
    [3, 3, 6],
    [2 * 3 * 6, 0],
  ),
  check(
    () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' }),
    [3, 2, 5],
    [6, 4, 3],
    [3 * 3 * 3 * 5 + 3, 0],
  ),
  check(
    () => layers.conv2dTranspose({ filters: 2, kernelSize: [2, 4], strides: 3, outputPadding: 1 }),
    [2, 3, 2],
    [6, 11, 2],
    [2 * 4 * 2 * 2 + 2, 0],
  ),
  check(
    () => layers.conv1d({ filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2, activation: 'relu' }),
    [7, 3],
    [7, 4],
    [3 * 3 * 4 + 4, 0],
  ),
  check(() => layers.conv1d({ filters: 4, kernelSize: 2, strides: 2, groups: 2 }), [6, 2], [3, 4], [2 * 4 + 4, 0]),
  check(
    () => layers.depthwiseConv1d({ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2 }),
    [5, 3],
    [3, 6],
    [3 * 3 * 2 + 6, 0],
  ),
  check(
    () => layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' }),
    [4, 5],
    [8, 3],
    [3 * 3 * 5 + 3, 0],
  ),
  check(
    () => layers.conv1dTranspose({ filters: 2, kernelSize: 4, strides: 3, outputPadding: 1, useBias: false }),
    [3, 2],
    [11, 2],
    [4 * 2 * 2, 0],
  ),
  check(() => layers.separableConv1d({ filters: 5, kernelSize: 3 }), [6, 4], [4, 5], [3 * 4 + 4 * 5 + 5, 0]),
]

const POOLING = [
  check(() => layers.maxPooling2d({ poolSize: 3, strides: 2 }), [6, 7, 2], [2, 3, 2]),
  check(() => layers.averagePooling2d({ padding: 'same' }), [5, 5, 2], [3, 3, 2]),
  check(() => layers.globalAveragePooling2d(), [3, 4, 2], [2]),
  check(() => layers.globalAveragePooling2d({ keepdims: true }), [3, 4, 2], [1, 1, 2]),
  check(() => layers.globalMaxPooling2d(), [3, 4, 5], [5]),
  check(() => layers.maxPooling1d({ poolSize: 3, strides: 2 }), [7, 2], [3, 2]),
  check(() => layers.averagePooling1d({ padding: 'same' }), [5, 3], [3, 3]),
  check(() => layers.globalAveragePooling1d(), [4, 3], [3]),
  check(() => layers.globalMaxPooling1d({ keepdims: true }), [4, 5], [1, 5]),
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
  check(
    () =>
      layers.cropping2d({
        cropping: [
          [1, 0],
          [0, 2],
        ],
      }),
    [3, 4, 5],
    [2, 2, 5],
  ),
  check(() => layers.zeroPadding1d({ padding: [2, 1] }), [3, 2], [6, 2]),
  check(() => layers.cropping1d({ cropping: [1, 2] }), [5, 3], [2, 3]),
  check(() => layers.upSampling1d({ size: 3 }), [2, 5], [6, 5]),
  check(() => layers.centerCrop({ height: 3, width: 2 }), [6, 5, 2], [3, 2, 2]),
  check(() => layers.centerCrop({ height: 4, width: 4 }), [3, 6, 2], [4, 4, 2]),
  check(() => layers.permute({ dims: [3, 1, 2] }), [2, 3, 5], [5, 2, 3]),
  check(() => layers.upSampling2d({ size: [2, 3] }), [2, 3, 4], [4, 9, 4]),
  check(() => layers.upSampling2d({ interpolation: 'bilinear' }), [3, 2, 3], [6, 4, 3]),
  check(() => layers.resizing({ height: 3, width: 5, cropToAspectRatio: true }), [6, 6, 2], [3, 5, 2]),
  check(
    () => layers.resizing({ height: 4, width: 4, padToAspectRatio: true, interpolation: 'nearest' }),
    [2, 5, 3],
    [4, 4, 3],
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
  merge(() => layers.dot({ axes: 1 }), [[5], [5]], [1]),
  merge(
    () => layers.dot({ axes: [2, -3], normalize: true }),
    [
      [2, 3],
      [3, 4, 2],
    ],
    [2, 4, 2],
  ),
  merge(
    () => layers.concatenate({ axis: 1 }),
    [
      [2, 3],
      [1, 3],
    ],
    [3, 3],
  ),
  merge(
    () => layers.subtract(),
    [
      [2, 3],
      [2, 3],
    ],
    [2, 3],
  ),
  merge(() => layers.average(), [[4], [4], [4]], [4]),
  merge(
    () => layers.maximum(),
    [
      [3, 3],
      [3, 3],
    ],
    [3, 3],
  ),
  merge(
    () => layers.minimum(),
    [
      [3, 3],
      [3, 3],
      [3, 3],
    ],
    [3, 3],
  ),
  merge(
    () => layers.multiply(),
    [
      [4, 3, 5],
      [1, 1, 5],
    ],
    [4, 3, 5],
  ),
  merge(() => layers.add(), [[2, 1, 3], [2, 4, 1], [3]], [2, 4, 3]),
]

const AUGMENTATION = [
  check(() => layers.mixUp(), [3, 4, 2], [3, 4, 2]),
  check(() => layers.mixUp({ alpha: 2, seed: 5 }), [2, 2, 5], [2, 2, 5]),
  check(() => layers.cutMix(), [4, 6, 3], [4, 6, 3]),
  check(() => layers.cutMix({ factor: [0.8, 1], seed: 5 }), [5, 3, 4], [5, 3, 4]),
  check(() => layers.randomFlip(), [3, 4, 2], [3, 4, 2]),
  check(() => layers.randomFlip({ mode: 'vertical', seed: 7 }), [5, 2, 3], [5, 2, 3]),
  check(() => layers.randomBrightness({ factor: 0.3, valueRange: [-1, 1] }), [3, 4, 2], [3, 4, 2]),
  check(() => layers.randomContrast({ factor: [0.2, 0.9], valueRange: [-1, 1] }), [3, 4, 5], [3, 4, 5]),
  check(() => layers.randomErasing({ factor: [0.5, 1], scale: 0.9 }), [5, 4, 3], [5, 4, 3]),
  check(() => layers.randomErasing({ fillValue: 0.5, valueRange: [0, 1], seed: 3 }), [4, 8, 2], [4, 8, 2]),
  check(() => layers.randomTranslation({ heightFactor: 0.5, widthFactor: [0.1, 0.9] }), [4, 5, 3], [4, 5, 3]),
  check(() => layers.randomRotation({ factor: 0.3, fillMode: 'wrap' }), [5, 4, 2], [5, 4, 2]),
  check(() => layers.randomRotation({ factor: 1, fillMode: 'constant', fillValue: 2 }), [4, 4, 4], [4, 4, 4]),
  check(() => layers.randomZoom({ heightFactor: 0.5, fillMode: 'nearest' }), [6, 5, 1], [6, 5, 1]),
  check(
    () => layers.randomZoom({ heightFactor: [-0.5, -0.1], widthFactor: 0.9, interpolation: 'nearest' }),
    [4, 6, 3],
    [4, 6, 3],
  ),
  check(() => layers.randomShear({ xFactor: 0.5, yFactor: [0.1, 0.3] }), [4, 5, 3], [4, 5, 3]),
  check(() => layers.randomShear({ yFactor: 1, fillMode: 'constant', fillValue: 2 }), [3, 3, 1], [3, 3, 1]),
  check(() => layers.randomGrayscale(), [3, 4, 3], [3, 4, 3]),
  check(() => layers.randomGrayscale({ factor: 1, seed: 3 }), [3, 2, 1], [3, 2, 1]),
  check(() => layers.randomColorDegeneration({ factor: 0.5, valueRange: [-2, 2] }), [3, 4, 3], [3, 4, 3]),
  check(() => layers.randomInvert({ valueRange: [0, 1] }), [3, 4, 2], [3, 4, 2]),
  check(() => layers.randomCrop({ height: 3, width: 2 }), [5, 4, 3], [3, 2, 3]),
  check(() => layers.randomCrop({ height: 4, width: 4, zeroPadding: [2, 1], seed: 1 }), [4, 4, 1], [4, 4, 1]),
]

const OTHERS = [
  check(() => layers.dense({ units: 4, activation: 'sigmoid' }), [6], [4], [28, 0]),
  check(() => layers.dense({ units: 4, useBias: false }), [2, 6], [2, 4], [24, 0]),
  check(
    () =>
      layers.dense({
        units: 4,
        kernelRegularizer: regularizers.l1l2({ l1: 0.01, l2: 0.1 }),
        biasRegularizer: 'l1',
        activityRegularizer: 'l2',
        kernelConstraint: constraints.maxNorm({ maxValue: 0.5 }),
        biasConstraint: 'nonNeg',
        biasInitializer: 'ones',
      }),
    [6],
    [4],
    [28, 0],
  ),
  check(
    () =>
      layers.separableConv2d({
        filters: 3,
        kernelSize: 2,
        depthwiseRegularizer: 'l2',
        pointwiseRegularizer: 'l1l2',
        depthwiseConstraint: constraints.unitNorm({ axis: [0, 1] }),
        pointwiseConstraint: constraints.minMaxNorm({ minValue: 0.5, rate: 0.75, axis: [0, 1, 2] }),
      }),
    [3, 3, 2],
    [2, 2, 3],
    [2 * 2 * 2 + 2 * 3 + 3, 0],
  ),
  check(() => layers.activityRegularization({ l1: 0.1, l2: 0.2 }), [3], [3]),
  check(() => layers.identity(), [2, 3], [2, 3]),
  check(() => layers.reLU(), [5], [5]),
  check(() => layers.reLU({ maxValue: 1, negativeSlope: 0.2, threshold: 0.1 }), [3, 5], [3, 5]),
  check(() => layers.dropout({ rate: 0.25 }), [4, 2], [4, 2]),
  check(() => layers.dropout({ rate: 0.5, noiseShape: [null, 1, 1, 1] }), [2, 3, 2], [2, 3, 2]),
  check(() => layers.dropout({ rate: 0.5, noiseShape: [null, 4, 1] }), [4, 3], [4, 3]),
  check(() => layers.rescaling({ scale: 1 / 127.5, offset: -1 }), [3], [3]),
  check(() => layers.batchNormalization({ momentum: 0.9 }), [3, 2, 4], [3, 2, 4], [8, 8]),
  check(() => layers.batchNormalization({ scale: false }), [5], [5], [5, 10]),
  check(() => layers.leakyReLU(), [5], [5]),
  check(() => layers.elu({ alpha: 0.5 }), [2, 3], [2, 3]),
  check(() => layers.softmax(), [2, 5], [2, 5]),
  check(() => layers.softmax({ axis: 1 }), [3, 2, 2], [3, 2, 2]),
  check(() => layers.prelu({ alphaInitializer: 'ones' }), [2, 3, 2], [2, 3, 2], [12, 0]),
  check(
    () => layers.prelu({ alphaInitializer: initializers.constant({ value: 0.25 }), sharedAxes: [1, 2] }),
    [2, 3, 5],
    [2, 3, 5],
    [5, 0],
  ),
  check(() => layers.layerNormalization(), [3, 6], [3, 6], [12, 0]),
  check(() => layers.layerNormalization({ axis: [-3, -2, -1], scale: false }), [2, 3, 2], [2, 3, 2], [12, 0]),
  check(() => layers.groupNormalization({ groups: 2 }), [3, 2, 6], [3, 2, 6], [12, 0]),
  check(() => layers.groupNormalization({ groups: -1 }), [4, 3], [4, 3], [6, 0]),
  check(() => layers.unitNormalization(), [3, 2, 5], [3, 2, 5]),
  check(() => layers.unitNormalization({ axis: [1, 3] }), [2, 3, 2], [2, 3, 2]),
  check(() => layers.rmsNormalization(), [6], [6], [6, 0]),
  check(() => layers.rmsNormalization({ axis: [-3, -2, -1], epsilon: 0.5 }), [2, 3, 2], [2, 3, 2], [12, 0]),
  check(() => layers.normalization(), [2, 3], [2, 3], [0, 7]),
  check(() => layers.normalization({ axis: 1 }), [3, 2, 2], [3, 2, 2], [0, 7]),
  check(() => layers.normalization({ axis: [-1, 1] }), [3, 2, 2], [3, 2, 2], [0, 13]),
  check(() => layers.normalization({ axis: null, mean: 0.5, variance: 4, invert: true }), [4], [4]),
  check(() => layers.spatialDropout1d({ rate: 0.5 }), [3, 4], [3, 4]),
  check(() => layers.spatialDropout2d({ rate: 0.5 }), [2, 2, 4], [2, 2, 4]),
  check(() => layers.gaussianNoise({ stddev: 0.5 }), [3, 3], [3, 3]),
  check(() => layers.gaussianDropout({ rate: 0.25 }), [5], [5]),
  check(() => layers.alphaDropout({ rate: 0.25 }), [5, 2], [5, 2]),
  check(() => layers.batchNormalization({ axis: 1 }), [3, 2, 4], [3, 2, 4], [6, 6]),
  check(() => layers.layerNormalization({ axis: [1, 3] }), [2, 3, 4], [2, 3, 4], [16, 0]),
  check(() => layers.groupNormalization({ groups: 2, axis: 1 }), [4, 3], [4, 3], [8, 0]),
  ...Object.keys(activations).map((name) =>
    check(() => layers.activation({ activation: name as ActivationName }), [2, 3], [2, 3]),
  ),
]

export const CHECKS: readonly LayerCheck[] = [
  ...CONVOLUTIONS,
  ...POOLING,
  ...ARRANGING,
  ...MERGING,
  ...AUGMENTATION,
  ...OTHERS,
]
