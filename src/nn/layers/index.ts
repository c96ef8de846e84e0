/** @file The layers by their names: what users write after `layers.` */
import { received, SeparableError } from '../../base/errors.ts'
import { Layer } from '../layer.ts'
import { suggest } from '../names.ts'
import { BatchNormalization, batchNormalization } from './batch-normalization.ts'
import { Cropping2D, cropping2d, ZeroPadding2D, zeroPadding2d } from './borders.ts'
import { Conv1D, Conv2D, conv1d, conv2d } from './conv2d.ts'
import { Conv2DTranspose, conv2dTranspose } from './conv2d-transpose.ts'
import { Dense, dense } from './dense.ts'
import { DepthwiseConv1D, depthwiseConv1d, SeparableConv1D, separableConv1d } from './depthwise-conv1d.ts'
import { DepthwiseConv2D, depthwiseConv2d } from './depthwise-conv2d.ts'
import { Dot, dot } from './dot.ts'
import {
  Add,
  Average,
  add,
  average,
  Concatenate,
  concatenate,
  Maximum,
  Minimum,
  Multiply,
  maximum,
  minimum,
  multiply,
  Subtract,
  subtract,
} from './merging.ts'
import { CutMix, cutMix, MixUp, mixUp } from './mixing.ts'
import {
  AlphaDropout,
  alphaDropout,
  GaussianDropout,
  GaussianNoise,
  gaussianDropout,
  gaussianNoise,
  SpatialDropout2D,
  spatialDropout2d,
} from './noise.ts'
import { Normalization, normalization } from './normalization.ts'
import { GroupNormalization, groupNormalization, LayerNormalization, layerNormalization } from './normalizations.ts'
import {
  AveragePooling2D,
  averagePooling2d,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  globalAveragePooling2d,
  globalMaxPooling2d,
  MaxPooling2D,
  maxPooling2d,
} from './pooling.ts'
import {
  AveragePooling1D,
  averagePooling1d,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  globalAveragePooling1d,
  globalMaxPooling1d,
  MaxPooling1D,
  maxPooling1d,
} from './pooling1d.ts'
import {
  RandomBrightness,
  RandomContrast,
  RandomErasing,
  randomBrightness,
  randomContrast,
  randomErasing,
} from './random-colors.ts'
import {
  RandomRotation,
  RandomTranslation,
  RandomZoom,
  randomRotation,
  randomTranslation,
  randomZoom,
} from './random-maps.ts'
import { RandomCrop, RandomFlip, randomCrop, randomFlip } from './random-places.ts'
import { ELU, elu, LeakyReLU, leakyReLU, PReLU, prelu, ReLU, reLU, Softmax, softmax } from './rectifiers.ts'
import { Permute, permute, Reshape, reshape } from './reshaping.ts'
import { Resizing, resizing, UpSampling2D, upSampling2d } from './resizing.ts'
import { SeparableConv2D, separableConv2d } from './separable-conv2d.ts'
import {
  Activation,
  ActivityRegularization,
  activation,
  activityRegularization,
  Dropout,
  dropout,
  Flatten,
  flatten,
  Rescaling,
  rescaling,
} from './simple.ts'

export const layers = {
  /** Base class of all layers, for your own. */
  Layer,
  activation,
  activityRegularization,
  add,
  alphaDropout,
  average,
  averagePooling1d,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  cropping2d,
  cutMix,
  dense,
  depthwiseConv1d,
  depthwiseConv2d,
  dot,
  dropout,
  elu,
  flatten,
  gaussianDropout,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  groupNormalization,
  layerNormalization,
  leakyReLU,
  maxPooling1d,
  maxPooling2d,
  maximum,
  minimum,
  mixUp,
  multiply,
  normalization,
  permute,
  prelu,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
  reLU,
  rescaling,
  reshape,
  resizing,
  separableConv1d,
  separableConv2d,
  softmax,
  spatialDropout2d,
  subtract,
  upSampling2d,
  zeroPadding2d,
}

/** A class whose constructor takes what `getConfig` of its layers returned. */
export interface LayerClass {
  new (config: never): Layer
  readonly className?: string | undefined
  readonly name: string
}

/** The classes behind the factories; saved configs name them. */
export const LAYER_CLASSES: readonly LayerClass[] = [
  Activation,
  ActivityRegularization,
  Add,
  AlphaDropout,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Cropping2D,
  CutMix,
  Dense,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Dot,
  Dropout,
  ELU,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GroupNormalization,
  LayerNormalization,
  LeakyReLU,
  MaxPooling1D,
  MaxPooling2D,
  Maximum,
  Minimum,
  MixUp,
  Multiply,
  Normalization,
  PReLU,
  Permute,
  RandomBrightness,
  RandomContrast,
  RandomCrop,
  RandomErasing,
  RandomFlip,
  RandomRotation,
  RandomTranslation,
  RandomZoom,
  ReLU,
  Rescaling,
  Reshape,
  Resizing,
  SeparableConv1D,
  SeparableConv2D,
  Softmax,
  SpatialDropout2D,
  Subtract,
  UpSampling2D,
  ZeroPadding2D,
]

/**
 * A new layer from a class name and what `getConfig` returned; its weights are new too.
 * @param custom own classes that the name may mean
 * @throws SeparableError (`argument`) when the name is unknown or the config does not fit
 */
export function layerFromConfig(className: string, config: object, custom: readonly LayerClass[] = []): Layer {
  const classes = [...custom, ...LAYER_CLASSES]
  const found = classes.find((each) => (each.className ?? each.name) === className)
  if (found) return new found(config as never)
  const names = classes.map((each) => each.className ?? each.name)
  throw new SeparableError(
    'argument',
    `no layer has this class name${suggest(className, names)}, ${received(className)}`,
  )
}
