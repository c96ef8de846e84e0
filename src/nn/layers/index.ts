/** @file The layers by their names: what users write after `layers.` */
import { received, SeparableError } from '../../base/errors.ts'
import { Layer } from '../layer.ts'
import { suggest } from '../names.ts'
import { BatchNormalization, batchNormalization } from './batch-normalization.ts'
import {
  Cropping1D,
  Cropping2D,
  cropping1d,
  cropping2d,
  ZeroPadding1D,
  ZeroPadding2D,
  zeroPadding1d,
  zeroPadding2d,
} from './borders.ts'
import { Conv1D, Conv2D, conv1d, conv2d } from './conv2d.ts'
import { Conv1DTranspose, Conv2DTranspose, conv1dTranspose, conv2dTranspose } from './conv2d-transpose.ts'
import { Dense, dense } from './dense.ts'
import { DepthwiseConv1D, depthwiseConv1d, SeparableConv1D, separableConv1d } from './depthwise-conv1d.ts'
import { DepthwiseConv2D, depthwiseConv2d } from './depthwise-conv2d.ts'
import { Dot, dot } from './dot.ts'
import { Dropout, dropout, SpatialDropout1D, SpatialDropout2D, spatialDropout1d, spatialDropout2d } from './dropout.ts'
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
import { AlphaDropout, alphaDropout, GaussianDropout, GaussianNoise, gaussianDropout, gaussianNoise } from './noise.ts'
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
  RandomShear,
  RandomTranslation,
  RandomZoom,
  randomRotation,
  randomShear,
  randomTranslation,
  randomZoom,
} from './random-maps.ts'
import { RandomCrop, RandomFlip, randomCrop, randomFlip } from './random-places.ts'
import {
  RandomColorDegeneration,
  RandomGrayscale,
  RandomInvert,
  randomColorDegeneration,
  randomGrayscale,
  randomInvert,
} from './random-tones.ts'
import { ELU, elu, LeakyReLU, leakyReLU, PReLU, prelu, ReLU, reLU, Softmax, softmax } from './rectifiers.ts'
import { Permute, permute, Reshape, reshape } from './reshaping.ts'
import {
  CenterCrop,
  centerCrop,
  Resizing,
  resizing,
  UpSampling1D,
  UpSampling2D,
  upSampling1d,
  upSampling2d,
} from './resizing.ts'
import { RMSNormalization, rmsNormalization, UnitNormalization, unitNormalization } from './scale-normalizations.ts'
import { SeparableConv2D, separableConv2d } from './separable-conv2d.ts'
import {
  Activation,
  ActivityRegularization,
  activation,
  activityRegularization,
  Flatten,
  flatten,
  Identity,
  identity,
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
  centerCrop,
  concatenate,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  cropping1d,
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
  identity,
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
  randomColorDegeneration,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomGrayscale,
  randomInvert,
  randomRotation,
  randomShear,
  randomTranslation,
  randomZoom,
  reLU,
  rescaling,
  reshape,
  resizing,
  rmsNormalization,
  separableConv1d,
  separableConv2d,
  softmax,
  spatialDropout1d,
  spatialDropout2d,
  subtract,
  unitNormalization,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
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
  CenterCrop,
  Concatenate,
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Cropping1D,
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
  Identity,
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
  RMSNormalization,
  RandomBrightness,
  RandomColorDegeneration,
  RandomContrast,
  RandomCrop,
  RandomErasing,
  RandomFlip,
  RandomGrayscale,
  RandomInvert,
  RandomRotation,
  RandomShear,
  RandomTranslation,
  RandomZoom,
  ReLU,
  Rescaling,
  Reshape,
  Resizing,
  SeparableConv1D,
  SeparableConv2D,
  Softmax,
  SpatialDropout1D,
  SpatialDropout2D,
  Subtract,
  UnitNormalization,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding2D,
]

/**
 * A new layer from a class name and what `getConfig` returned; its weights are new too.
 * @param custom own classes that the name may mean
 * @throws SeparableError (`argument`) when the name is unknown or the config does not fit
 */
export function layerFromConfig(className: string, config: object, custom: readonly LayerClass[] = []): Layer {
  if (typeof className !== 'string')
    throw new SeparableError('argument', `layerFromConfig: the class name must be a text, ${received(className)}`)
  if (!Array.isArray(custom) || !custom.every((each) => typeof each === 'function'))
    throw new SeparableError('argument', `layerFromConfig: custom must be a list of classes, ${received(custom)}`)
  const classes = [...custom, ...LAYER_CLASSES]
  const found = classes.find((each) => (each.className ?? each.name) === className)
  if (found) return new found(config as never)
  const names = classes.map((each) => each.className ?? each.name)
  throw new SeparableError(
    'argument',
    `no layer has this class name${suggest(className, names)}, ${received(className)}`,
  )
}
