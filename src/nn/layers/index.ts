/** @file The layers by their names: what users write after `layers.` */
import { received, SeparableError } from '../../base/errors.ts'
import { Layer } from '../layer.ts'
import { suggest } from '../names.ts'
import { BatchNormalization, batchNormalization } from './batch-normalization.ts'
import { ZeroPadding2D, zeroPadding2d } from './borders.ts'
import { Conv2D, conv2d } from './conv2d.ts'
import { Dense, dense } from './dense.ts'
import { DepthwiseConv2D, depthwiseConv2d } from './depthwise-conv2d.ts'
import { Add, add, Concatenate, concatenate, Multiply, multiply } from './merging.ts'
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
import { ReLU, reLU } from './rectifiers.ts'
import { Reshape, reshape } from './reshaping.ts'
import { SeparableConv2D, separableConv2d } from './separable-conv2d.ts'
import { Activation, activation, Dropout, dropout, Flatten, flatten, Rescaling, rescaling } from './simple.ts'

export const layers = {
  /** Base class of all layers, for your own. */
  Layer,
  activation,
  add,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
  multiply,
  reLU,
  rescaling,
  reshape,
  separableConv2d,
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
  Add,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  MaxPooling2D,
  Multiply,
  ReLU,
  Rescaling,
  Reshape,
  SeparableConv2D,
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
