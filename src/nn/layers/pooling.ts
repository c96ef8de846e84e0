/** @file Pooling over pictures: the largest or the mean value of windows, or of whole pictures. */
import { avgPool2d, maxPool2d, reshape, type Window } from '../../ops/index.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, pair, type Resolved } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { padsOf, windowArgs } from './geometry.ts'

const schema = {
  poolSize: pair('height and width of the window, in pixels', { min: 1 }).default(2),
  strides: pair('step of the window, in pixels; null steps by poolSize', { min: 1 }).orNull(),
  ...windowArgs,
}

export function windowOn(x: Tensor, { poolSize: pool, strides, padding }: Resolved<typeof schema>): Window {
  const [, height, width] = x.shape
  const steps = strides ?? pool
  return { pool, strides: steps, pads: padsOf([height, width], { kernel: pool, strides: steps, padding }) }
}

export class MaxPooling2D extends Layer<typeof schema> {
  static override readonly className = 'MaxPooling2D'
  static override readonly schema = schema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    return x.map((node) => maxPool2d(node, windowOn(x, this.config)))
  }
}

export class AveragePooling2D extends Layer<typeof schema> {
  static override readonly className = 'AveragePooling2D'
  static override readonly schema = schema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    return x.map((node) => avgPool2d(node, windowOn(x, this.config)))
  }
}

const globalSchema = { keepdims: bool('whether the result keeps its spatial axes, with size 1').default(false) }

/** The one window that is the whole picture. */
export function wholePicture({ shape: [, height, width] }: Tensor): Window {
  return { pool: [height, width], strides: [height, width], pads: [0, 0, 0, 0] }
}

/** [N,1,...,C] or, without the axes of size 1, [N,C]. */
export function reduced(y: Tensor, { keepdims }: Resolved<typeof globalSchema>): Tensor {
  return keepdims ? y : y.map((node) => reshape(node, y.shape.slice(-1)))
}

export class GlobalAveragePooling2D extends Layer<typeof globalSchema> {
  static override readonly className = 'GlobalAveragePooling2D'
  static override readonly schema = globalSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const mean = x.map((node) => avgPool2d(node, wholePicture(x)))
    return reduced(mean, this.config)
  }
}

export class GlobalMaxPooling2D extends Layer<typeof globalSchema> {
  static override readonly className = 'GlobalMaxPooling2D'
  static override readonly schema = globalSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const largest = x.map((node) => maxPool2d(node, wholePicture(x)))
    return reduced(largest, this.config)
  }
}

/**
 * The largest value of each window and channel; padding never wins.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,C]. Defaults: poolSize 2, strides null (= poolSize), padding "valid".
 * Keras: https://keras.io/api/layers/pooling_layers/max_pooling2d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function maxPooling2d(args: LayerArgs<typeof schema> = {}): MaxPooling2D {
  return new MaxPooling2D(args)
}

/**
 * The mean of each window and channel; padding is not counted.
 *
 * Input [N,H,W,C], result [N,Ho,Wo,C]. Defaults: poolSize 2, strides null (= poolSize), padding "valid".
 * Keras: https://keras.io/api/layers/pooling_layers/average_pooling2d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function averagePooling2d(args: LayerArgs<typeof schema> = {}): AveragePooling2D {
  return new AveragePooling2D(args)
}

/**
 * The mean of each channel over the whole picture.
 *
 * Input [N,H,W,C], result [N,C], or [N,1,1,C] with keepdims (default false).
 * Keras: https://keras.io/api/layers/pooling_layers/global_average_pooling2d/
 */
export function globalAveragePooling2d(args: LayerArgs<typeof globalSchema> = {}): GlobalAveragePooling2D {
  return new GlobalAveragePooling2D(args)
}

/**
 * The largest value of each channel in the whole picture.
 *
 * Input [N,H,W,C], result [N,C], or [N,1,1,C] with keepdims (default false).
 * Keras: https://keras.io/api/layers/pooling_layers/global_max_pooling2d/
 */
export function globalMaxPooling2d(args: LayerArgs<typeof globalSchema> = {}): GlobalMaxPooling2D {
  return new GlobalMaxPooling2D(args)
}
