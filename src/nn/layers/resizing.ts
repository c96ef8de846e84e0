/** @file Pictures and sequences in other sizes. */
import { received, SeparableError } from '../../base/errors.ts'
import { pad, resize2d } from '../../ops/index.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { bool, int, oneOf, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { onFlatPictures } from './geometry.ts'

const interpolation = oneOf('"nearest" pixel, or "bilinear" between the four around', 'nearest', 'bilinear')

const upSamplingSchema = {
  size: pair('how many pixels become of one, vertical and horizontal', { min: 1 }).default(2),
  interpolation: interpolation.default('nearest'),
}

export class UpSampling2D extends Layer<typeof upSamplingSchema> {
  static override readonly className = 'UpSampling2D'
  static override readonly schema = upSamplingSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const { size, interpolation } = this.config
    const [, height, width] = x.shape
    return x.map((node) => resize2d(node, { size: [height * size[0], width * size[1]], interpolation }))
  }
}

/**
 * Larger pictures. Input [N,H,W,C], result [N,H size[0],W size[1],C]. Defaults: size 2, interpolation "nearest".
 * Keras: https://keras.io/api/layers/reshaping_layers/up_sampling2d/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function upSampling2d(args: LayerArgs<typeof upSamplingSchema> = {}): UpSampling2D {
  return new UpSampling2D(args)
}

const upSampling1dSchema = { size: int('how often each step is repeated', { min: 1 }).default(2) }

export class UpSampling1D extends Layer<typeof upSampling1dSchema> {
  static override readonly className = 'UpSampling1D'
  static override readonly schema = upSampling1dSchema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    const size = [1, x.shape[1] * this.config.size] as const
    return onFlatPictures(x, (picture) => picture.map((node) => resize2d(node, { size, interpolation: 'nearest' })))
  }
}

/**
 * Longer sequences: each step several times. Input [N,L,C], result [N,L size,C]. Default: size 2.
 * Keras: https://keras.io/api/layers/reshaping_layers/up_sampling1d/
 * @throws SeparableError (`argument`) when the size does not fit
 */
export function upSampling1d(args: LayerArgs<typeof upSampling1dSchema> = {}): UpSampling1D {
  return new UpSampling1D(args)
}

const resizingSchema = {
  height: int('height of the result, in pixels', { min: 1 }),
  width: int('width of the result, in pixels', { min: 1 }),
  interpolation: interpolation.default('bilinear'),
  cropToAspectRatio: bool('whether the picture is cut to the shape of the result first, around its centre').default(
    false,
  ),
  padToAspectRatio: bool('whether zeros make the picture the shape of the result first').default(false),
}

export class Resizing extends Layer<typeof resizingSchema> {
  static override readonly className = 'Resizing'
  static override readonly schema = resizingSchema

  constructor(args: LayerArgs<typeof resizingSchema>) {
    super(args)
    if (this.config.cropToAspectRatio && this.config.padToAspectRatio)
      throw new SeparableError(
        'argument',
        `${this.name} (Resizing): either cropToAspectRatio or padToAspectRatio can be true, ${received(true)} for both`,
      )
  }
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const { height, width, interpolation } = this.config
    return x.map((node) => resize2d(pad(node, this.#pads(x)), { size: [height, width], interpolation }))
  }

  /**
   * Negative ones cut. Keras rounds the wanted extent down; it cuts the smaller half first, and pads both sides alike, so that
   * an odd pixel is not added.
   */
  #pads({ shape: [, height, width] }: Tensor): number[] {
    const { height: targetHeight, width: targetWidth, cropToAspectRatio, padToAspectRatio } = this.config
    const fitted = [Math.floor((width * targetHeight) / targetWidth), Math.floor((height * targetWidth) / targetHeight)]
    const wanted = (size: number, axis: 0 | 1) => {
      if (cropToAspectRatio) return Math.max(Math.min(size, fitted[axis]), 1)
      return padToAspectRatio ? Math.max(size, fitted[axis]) : size
    }
    const around = (size: number, axis: 0 | 1) => {
      const change = wanted(size, axis) - size
      const before = Math.trunc(change / 2)
      return [before, change > 0 ? before : change - before]
    }
    return [...around(height, 0), ...around(width, 1), 0, 0]
  }
}

/**
 * Pictures of a fixed size. Input [N,H,W,C], result [N,height,width,C].
 * Defaults: interpolation "bilinear", cropToAspectRatio false, padToAspectRatio false.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function resizing(args: LayerArgs<typeof resizingSchema>): Resizing {
  return new Resizing(args)
}

const centerCropSchema = {
  height: int('rows of the result', { min: 1 }),
  width: int('columns of the result', { min: 1 }),
}

export class CenterCrop extends Layer<typeof centerCropSchema> {
  static override readonly className = 'CenterCrop'
  static override readonly schema = centerCropSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const { height, width } = this.config
    const [, rows, columns] = x.shape
    if (rows < height || columns < width)
      return resizing({ name: this.name, height, width, cropToAspectRatio: true }).call(x)
    const around = (room: number) => [-Math.floor(room / 2), -Math.ceil(room / 2)]
    return x.map((node) => pad(node, [...around(rows - height), ...around(columns - width), 0, 0]))
  }
}

/**
 * The middle of each picture. One that is smaller than that is resized to it, as `resizing` with `cropToAspectRatio` does.
 * Input [N,H,W,C], result [N,height,width,C].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/center_crop/
 * @throws SeparableError (`argument`) when a size does not fit
 */
export function centerCrop(args: LayerArgs<typeof centerCropSchema>): CenterCrop {
  return new CenterCrop(args)
}
