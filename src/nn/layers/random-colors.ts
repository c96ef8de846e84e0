/** @file Layers that change the brightness or the contrast of pictures, or erase parts of them, at random while training. */
import type { Node } from '../../ir/node.ts'
import {
  add,
  avgPool2d,
  broadcastLike,
  clip,
  concat,
  constant,
  mul,
  paste,
  relu,
  reshape,
  scale,
  shift,
  sign,
  sqrt,
  sub,
} from '../../ops/index.ts'
import { repeatTo } from '../broadcasting.ts'
import type { LayerArgs } from '../layer.ts'
import { number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Augmentation, interval, shareOf, valueRange } from './augmentation.ts'
import { normal } from './noise.ts'
import { wholePicture } from './pooling.ts'
import { seed } from './random.ts'

const brightnessSchema = {
  factor: interval('share of the range that is added: [lowest, highest], or one number for both signs', {
    min: -1,
    max: 1,
    single: (factor) => [-Math.abs(factor), Math.abs(factor)],
  }),
  valueRange,
  seed,
}

export class RandomBrightness extends Augmentation<typeof brightnessSchema> {
  static override readonly className = 'RandomBrightness'
  static override readonly schema = brightnessSchema

  protected override augment(x: Tensor): Node {
    const { factor, valueRange } = this.config
    const [low, high] = valueRange
    const change = scale(this.uniform(x, 0, factor), high - low)
    return clip(add(x.node, repeatTo(change, x.shape.slice(1))), low, high)
  }
}

/**
 * While training adds to all pixels of an image one number, drawn for each image from `factor` times the extent of
 * `valueRange`, and cuts off what leaves that range; otherwise changes nothing. Input and result [N,H,W,C].
 * Default: valueRange [0, 255].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/
 * @throws SeparableError (`argument`) when a factor is not from -1 to 1
 */
export function randomBrightness(args: LayerArgs<typeof brightnessSchema>): RandomBrightness {
  return new RandomBrightness(args)
}

const contrastSchema = {
  factor: interval('contrast from 1 - first to 1 + second; one number for both', {
    min: 0,
    max: 1,
    ordered: false,
    single: (factor) => [factor, factor],
  }),
  valueRange,
  seed,
}

export class RandomContrast extends Augmentation<typeof contrastSchema> {
  static override readonly className = 'RandomContrast'
  static override readonly schema = contrastSchema

  protected override augment(x: Tensor): Node {
    const { factor, valueRange } = this.config
    const [less, more] = factor
    const item = x.shape.slice(1)
    const mean = repeatTo(avgPool2d(x.node, wholePicture(x)), item)
    const contrast = repeatTo(this.uniform(x, 0, [1 - less, 1 + more]), item)
    return clip(add(mul(sub(x.node, mean), contrast), mean), ...valueRange)
  }
}

/**
 * While training moves the pixels of each channel away from their mean, or towards it: (x - mean) c + mean with one c for each
 * image, cut off at the ends of `valueRange`; otherwise changes nothing. Input and result [N,H,W,C]. One number f as factor
 * means 1 - f to 1 + f, as Keras documents. Default: valueRange [0, 255].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/
 * @throws SeparableError (`argument`) when a factor is not from 0 to 1
 */
export function randomContrast(args: LayerArgs<typeof contrastSchema>): RandomContrast {
  return new RandomContrast(args)
}

const erasingSchema = {
  factor: shareOf('probability of erasing: [lowest, highest], or from 0 to one number').default(1),
  scale: shareOf('share of the area that is erased, drawn for height and width: each is the root of it').default([
    0.02, 0.33,
  ]),
  fillValue: number('what comes there; null for noise').orNull(),
  valueRange,
  seed,
}

export class RandomErasing extends Augmentation<typeof erasingSchema> {
  static override readonly className = 'RandomErasing'
  static override readonly schema = erasingSchema

  protected override augment(x: Tensor): Node {
    const [, height, width] = x.shape
    const erased = sign(relu(sub(this.uniform(x, 0, this.config.factor), this.uniform(x, 1))))
    const edges = [...this.#span(x, height, erased, 2), ...this.#span(x, width, erased, 4)]
    return paste(x.node, clip(this.#filler(x), ...this.config.valueRange), reshape(concat(edges), [4]))
  }

  /** Where the rectangle begins and ends along an axis of this size; both are equal unless something is `erased`. */
  #span(x: Tensor, size: number, erased: Node, which: number): [Node, Node] {
    const length = mul(scale(sqrt(this.uniform(x, which, this.config.scale)), size), erased)
    const from = mul(this.uniform(x, which + 1), shift(scale(length, -1), size))
    return [from, add(from, length)]
  }

  #filler(x: Tensor): Node {
    const { fillValue, valueRange } = this.config
    if (fillValue === null) return scale(normal(x, [this.stream(6), this.stream(7)]), valueRange[1])
    return broadcastLike(x.node, constant(x.trace.graph, fillValue))
  }
}

/**
 * While training replaces a rectangle of each image, with a probability that is itself drawn from `factor`; otherwise changes
 * nothing. Without `fillValue` each element becomes normally distributed noise with the standard deviation `valueRange[1]`,
 * cut off at the ends of `valueRange`. Input and result [N,H,W,C]. Defaults: factor 1 (a probability from 0 to 1), scale
 * [0.02, 0.33], fillValue null, valueRange [0, 255]. Cutout is `{ factor: [1, 1], scale: [s, s], fillValue: 0 }`.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_erasing/; Zhong et al., AAAI 2020.
 * @throws SeparableError (`argument`) when an argument does not fit
 */
export function randomErasing(args: LayerArgs<typeof erasingSchema> = {}): RandomErasing {
  return new RandomErasing(args)
}
