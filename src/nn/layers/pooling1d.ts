/** @file Pooling over sequences: that over pictures of height 1. */
import { avgPool2d, maxPool2d } from '../../ops/index.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, int, type Resolved } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { onFlatPictures, windowArgs } from './geometry.ts'
import { reduced, wholePicture, windowOn } from './pooling.ts'

const schema = {
  poolSize: int('length of the window', { min: 1 }).default(2),
  strides: int('step of the window; null steps by poolSize', { min: 1 }).orNull(),
  ...windowArgs,
}

function flat({ poolSize, strides, padding }: Resolved<typeof schema>) {
  const along = (size: number) => [1, size] as const
  return { poolSize: along(poolSize), strides: strides === null ? null : along(strides), padding }
}

export class MaxPooling1D extends Layer<typeof schema> {
  static override readonly className = 'MaxPooling1D'
  static override readonly schema = schema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    return onFlatPictures(x, (picture) => picture.map((node) => maxPool2d(node, windowOn(picture, flat(this.config)))))
  }
}

export class AveragePooling1D extends Layer<typeof schema> {
  static override readonly className = 'AveragePooling1D'
  static override readonly schema = schema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    return onFlatPictures(x, (picture) => picture.map((node) => avgPool2d(node, windowOn(picture, flat(this.config)))))
  }
}

const globalSchema = { keepdims: bool('whether the result keeps the axis of steps, with size 1').default(false) }

export class GlobalAveragePooling1D extends Layer<typeof globalSchema> {
  static override readonly className = 'GlobalAveragePooling1D'
  static override readonly schema = globalSchema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    const pooled = onFlatPictures(x, (picture) => picture.map((node) => avgPool2d(node, wholePicture(picture))))
    return reduced(pooled, this.config)
  }
}

export class GlobalMaxPooling1D extends Layer<typeof globalSchema> {
  static override readonly className = 'GlobalMaxPooling1D'
  static override readonly schema = globalSchema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    const pooled = onFlatPictures(x, (picture) => picture.map((node) => maxPool2d(node, wholePicture(picture))))
    return reduced(pooled, this.config)
  }
}

/**
 * The largest value of each window and channel. Input [N,L,C], result [N,Lo,C]. Defaults: poolSize 2, strides null
 * (= poolSize), padding "valid". Keras: https://keras.io/api/layers/pooling_layers/max_pooling1d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function maxPooling1d(args: LayerArgs<typeof schema> = {}): MaxPooling1D {
  return new MaxPooling1D(args)
}

/**
 * The mean of each window and channel; padding is not counted. Input [N,L,C], result [N,Lo,C]. Defaults: poolSize 2, strides
 * null (= poolSize), padding "valid". Keras: https://keras.io/api/layers/pooling_layers/average_pooling1d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function averagePooling1d(args: LayerArgs<typeof schema> = {}): AveragePooling1D {
  return new AveragePooling1D(args)
}

/**
 * The mean of each channel over the whole sequence. Input [N,L,C], result [N,C], or [N,1,C] with keepdims (default false).
 * Keras: https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
 */
export function globalAveragePooling1d(args: LayerArgs<typeof globalSchema> = {}): GlobalAveragePooling1D {
  return new GlobalAveragePooling1D(args)
}

/**
 * The largest value of each channel in the whole sequence. Input [N,L,C], result [N,C], or [N,1,C] with keepdims (default
 * false). Keras: https://keras.io/api/layers/pooling_layers/global_max_pooling1d/
 */
export function globalMaxPooling1d(args: LayerArgs<typeof globalSchema> = {}): GlobalMaxPooling1D {
  return new GlobalMaxPooling1D(args)
}
