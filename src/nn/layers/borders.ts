/** @file Layers that add zeros around pictures and sequences or cut their borders off. */
import { received, SeparableError } from '../../base/errors.ts'
import { pad } from '../../ops/index.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { type Field, field, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { onFlatPictures } from './geometry.ts'

/** Pixels at [[top, bottom], [left, right]]. */
type Sides = readonly [readonly [number, number], readonly [number, number]]
type SidesInput = number | readonly [number, number] | Sides

/** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. */
function sides(doc: string): Field<Sides, SidesInput, false> {
  const count = (n: unknown) => (Number.isSafeInteger(n) && (n as number) >= 0 ? (n as number) : undefined)
  const both = (axis: unknown): readonly [number, number] | undefined => {
    const [before, after, ...rest] = Array.isArray(axis) ? axis.map(count) : [count(axis), count(axis)]
    return before === undefined || after === undefined || rest.length > 0 ? undefined : [before, after]
  }
  return field({
    doc,
    expects: 'an integer >= 0, two of them or two pairs of them',
    parse(input) {
      const [vertical, horizontal, ...rest] = Array.isArray(input) ? input.map(both) : [both(input), both(input)]
      return vertical && horizontal && rest.length === 0 ? [vertical, horizontal] : undefined
    },
  })
}

const paddingSchema = {
  padding: sides(
    'pixels of zeros on all sides, as [vertical, horizontal] or as [[top, bottom], [left, right]]',
  ).default(1),
}

export class ZeroPadding2D extends Layer<typeof paddingSchema> {
  static override readonly className = 'ZeroPadding2D'
  static override readonly schema = paddingSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    return x.map((node) => pad(node, [...this.config.padding.flat(), 0, 0]))
  }
}

/**
 * Zeros around pictures. A convolution that reads the result pads by itself, without a copy.
 *
 * Input [N,H,W,C], result [N,H+top+bottom,W+left+right,C]. Default: padding 1.
 * Keras: https://keras.io/api/layers/reshaping_layers/zero_padding2d/
 * @throws SeparableError (`argument`) when the padding does not fit
 */
export function zeroPadding2d(args: LayerArgs<typeof paddingSchema> = {}): ZeroPadding2D {
  return new ZeroPadding2D(args)
}

const croppingSchema = {
  cropping: sides(
    'pixels cut off on all sides, as [vertical, horizontal] or as [[top, bottom], [left, right]]',
  ).default(0),
}

export class Cropping2D extends Layer<typeof croppingSchema> {
  static override readonly className = 'Cropping2D'
  static override readonly schema = croppingSchema
  static override readonly inputRank = 4

  override call(x: Tensor): Tensor {
    const { cropping } = this.config
    const [, ...size] = x.shape
    if (cropping.some(([before, after], axis) => before + after >= size[axis]))
      throw new SeparableError(
        'shape',
        `cropping [${cropping.map((pair) => `[${pair.join(', ')}]`).join(', ')}] leaves nothing of the picture, ` +
          received(size.slice(0, 2)),
      )
    return x.map((node) => pad(node, [...cropping.flat().map((n) => -n), 0, 0]))
  }
}

/**
 * Pictures without their borders. Input [N,H,W,C], result [N,H-top-bottom,W-left-right,C]. Default: cropping 0.
 * Keras: https://keras.io/api/layers/reshaping_layers/cropping2d/
 * @throws SeparableError (`argument`) when the cropping does not fit, (`shape`) when nothing is left
 */
export function cropping2d(args: LayerArgs<typeof croppingSchema> = {}): Cropping2D {
  return new Cropping2D(args)
}

const padding1dSchema = {
  padding: pair('steps of zeros at both ends, or as [beginning, end]', { min: 0 }).default(1),
}

export class ZeroPadding1D extends Layer<typeof padding1dSchema> {
  static override readonly className = 'ZeroPadding1D'
  static override readonly schema = padding1dSchema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    return onFlatPictures(x, (picture) => picture.map((node) => pad(node, [0, 0, ...this.config.padding, 0, 0])))
  }
}

/**
 * Zeros around sequences. Input [N,L,C], result [N,beginning+L+end,C]. Default: padding 1.
 * Keras: https://keras.io/api/layers/reshaping_layers/zero_padding1d/
 * @throws SeparableError (`argument`) when the padding does not fit
 */
export function zeroPadding1d(args: LayerArgs<typeof padding1dSchema> = {}): ZeroPadding1D {
  return new ZeroPadding1D(args)
}

const cropping1dSchema = {
  cropping: pair('steps cut off at both ends, or as [beginning, end]', { min: 0 }).default(1),
}

export class Cropping1D extends Layer<typeof cropping1dSchema> {
  static override readonly className = 'Cropping1D'
  static override readonly schema = cropping1dSchema
  static override readonly inputRank = 3

  override call(x: Tensor): Tensor {
    const [beginning, end] = this.config.cropping
    const [, length] = x.shape
    if (beginning + end >= length)
      throw new SeparableError(
        'shape',
        `cropping [${beginning}, ${end}] leaves nothing of the sequence, ${received(length)}`,
      )
    return onFlatPictures(x, (picture) => picture.map((node) => pad(node, [0, 0, -beginning, -end, 0, 0])))
  }
}

/**
 * Sequences without their ends. Input [N,L,C], result [N,L-beginning-end,C]. Default: cropping 1.
 * Keras: https://keras.io/api/layers/reshaping_layers/cropping1d/
 * @throws SeparableError (`argument`) when the cropping does not fit, (`shape`) when nothing is left
 */
export function cropping1d(args: LayerArgs<typeof cropping1dSchema> = {}): Cropping1D {
  return new Cropping1D(args)
}
