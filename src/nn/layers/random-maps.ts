/** @file Layers that move, turn, stretch or slant pictures at random while training. */

import type { Node } from '../../ir/node.ts'
import {
  add,
  affine2d,
  broadcastLike,
  concat,
  constant,
  cosTurns,
  FILL_MODES,
  fixedPoint,
  INTERPOLATIONS,
  mul,
  neg,
  ONE_PIXEL,
  reshape,
  scale,
  shift,
  sign,
  sub,
} from '../../ops/index.ts'
import type { LayerArgs } from '../layer.ts'
import { number, oneOf, type Schema } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Augmentation, interval } from './augmentation.ts'
import { seed } from './random.ts'

const common = {
  fillMode: oneOf('how pictures go on beyond their edges', ...FILL_MODES).default('reflect'),
  interpolation: oneOf('"bilinear" between the four pixels around, or the "nearest"', ...INTERPOLATIONS).default(
    'bilinear',
  ),
  seed,
  fillValue: number('what is beyond the edges when fillMode is "constant"').default(0),
}

/** [lowest, highest], or one number for both signs. */
const factor = (doc: string) =>
  interval(doc, { min: -1, max: 1, single: (value) => [-Math.abs(value), Math.abs(value)] })

/** Rows [a, b, c] and columns [d, e, f] of an affine map, each [N,1,1,1]: see ops/affine2d. */
type Matrix = readonly [a: Node, b: Node, c: Node, d: Node, e: Node, f: Node]

abstract class RandomMap<S extends Schema & typeof common> extends Augmentation<S> {
  /** For each pixel of the result the point of the picture that it shows. */
  protected abstract matrix(x: Tensor): Matrix

  protected override augment(x: Tensor): Node {
    const { fillMode, interpolation, fillValue } = this.config as { readonly [K in keyof typeof common]: never }
    const matrix = fixedPoint(reshape(concat(this.matrix(x)), [6]), ONE_PIXEL)
    const moved = (pictures: Node) => affine2d(pictures, matrix, { fillMode, interpolation })
    if (fillMode !== 'constant' || fillValue === 0) return moved(x.node)
    return shift(moved(shift(x.node, -fillValue)), fillValue)
  }
}

const middle = (size: number) => (size - 1) / 2

/** The same number for each image, in the shape of `like`. */
const same = (x: Tensor, like: Node, value: number) => broadcastLike(like, constant(x.trace.graph, value))

const translationSchema = {
  heightFactor: factor(
    'share of the height by which pictures move down: [lowest, highest], or one number for both signs',
  ),
  widthFactor: factor('share of the width by which pictures move to the right, likewise'),
  ...common,
}

export class RandomTranslation extends RandomMap<typeof translationSchema> {
  static override readonly className = 'RandomTranslation'
  static override readonly schema = translationSchema

  protected override matrix(x: Tensor): Matrix {
    const { heightFactor, widthFactor } = this.config
    const [, height, width] = x.shape
    const down = scale(this.uniform(x, 0, heightFactor), -height)
    const right = scale(this.uniform(x, 1, widthFactor), -width)
    const [one, zero] = [same(x, down, 1), same(x, down, 0)]
    return [one, zero, down, zero, one, right]
  }
}

/**
 * Moves each picture while training; otherwise changes nothing. Input and result [N,H,W,C].
 * Defaults: fillMode "reflect", interpolation "bilinear", fillValue 0.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/
 * @throws SeparableError (`argument`) when a factor is not from -1 to 1
 */
export function randomTranslation(args: LayerArgs<typeof translationSchema>): RandomTranslation {
  return new RandomTranslation(args)
}

const rotationSchema = {
  factor: factor('turns counter-clockwise: [lowest, highest], or one number for both directions; 1 is a full turn'),
  ...common,
}

export class RandomRotation extends RandomMap<typeof rotationSchema> {
  static override readonly className = 'RandomRotation'
  static override readonly schema = rotationSchema

  /** Rows count downwards: what lies at (i, j) from the middle was at (i cos + j sin, j cos - i sin). */
  protected override matrix(x: Tensor): Matrix {
    const [, height, width] = x.shape
    const [i, j] = [middle(height), middle(width)]
    const turns = this.uniform(x, 0, this.config.factor)
    const cos = cosTurns(turns)
    const sin = cosTurns(shift(turns, -0.25))
    const row = sub(shift(scale(cos, -i), i), scale(sin, j))
    const column = add(shift(scale(cos, -j), j), scale(sin, i))
    return [cos, sin, row, neg(sin), cos, column]
  }
}

/**
 * Turns each picture around its middle while training; otherwise changes nothing. Input and result [N,H,W,C].
 * Defaults: fillMode "reflect", interpolation "bilinear", fillValue 0.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/
 * @throws SeparableError (`argument`) when a factor is not from -1 to 1
 */
export function randomRotation(args: LayerArgs<typeof rotationSchema>): RandomRotation {
  return new RandomRotation(args)
}

const zoomSchema = {
  heightFactor: factor(
    'how much more of the height is shown, 0.2 a fifth more, -0.2 a fifth less: [lowest, highest], or one number for both signs',
  ),
  widthFactor: factor('likewise of the width; null for as much as of the height').orNull(),
  ...common,
}

export class RandomZoom extends RandomMap<typeof zoomSchema> {
  static override readonly className = 'RandomZoom'
  static override readonly schema = zoomSchema

  protected override matrix(x: Tensor): Matrix {
    const { heightFactor, widthFactor } = this.config
    const [, height, width] = x.shape
    const vertical = shift(this.uniform(x, 0, heightFactor), 1)
    const horizontal = widthFactor ? shift(this.uniform(x, 1, widthFactor), 1) : vertical
    const zero = same(x, vertical, 0)
    const start = (zoom: Node, size: number) => shift(scale(zoom, -middle(size)), middle(size))
    return [vertical, zero, start(vertical, height), zero, horizontal, start(horizontal, width)]
  }
}

/**
 * Shows more of each picture, smaller, or less of it, larger, around its middle while training; otherwise changes nothing.
 * Input and result [N,H,W,C]. Defaults: widthFactor null, which keeps shapes; fillMode "reflect", interpolation "bilinear",
 * fillValue 0.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/
 * @throws SeparableError (`argument`) when a factor is not from -1 to 1
 */
export function randomZoom(args: LayerArgs<typeof zoomSchema>): RandomZoom {
  return new RandomZoom(args)
}

const slope = (doc: string) => interval(doc, { min: 0, max: 1, single: (value) => [0, value] }).default(0)

const shearSchema = {
  xFactor: slope(
    'columns by which each row is moved against the one above: [lowest, highest], or from 0 to one number',
  ),
  yFactor: slope('rows by which each column is moved against the one before, likewise'),
  ...common,
}

export class RandomShear extends RandomMap<typeof shearSchema> {
  static override readonly className = 'RandomShear'
  static override readonly schema = shearSchema

  protected override matrix(x: Tensor): Matrix {
    const { xFactor, yFactor } = this.config
    const direction = sign(shift(this.uniform(x, 0), -0.5))
    const along = (which: number, factor: readonly [number, number]) => mul(this.uniform(x, which, factor), direction)
    const [one, zero] = [same(x, direction, 1), same(x, direction, 0)]
    return [one, along(2, yFactor), zero, along(1, xFactor), one, zero]
  }
}

/**
 * Slants each picture while training, to one side or the other, its first pixel staying where it is; otherwise changes
 * nothing. Input and result [N,H,W,C].
 * Defaults: xFactor 0, yFactor 0, fillMode "reflect", interpolation "bilinear", fillValue 0.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_shear/
 * @throws SeparableError (`argument`) when a factor is not from 0 to 1
 */
export function randomShear(args: LayerArgs<typeof shearSchema> = {}): RandomShear {
  return new RandomShear(args)
}
