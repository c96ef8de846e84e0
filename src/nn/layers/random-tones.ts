/** @file Layers that take colours from pictures, strengthen or invert them, at random while training. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { add, clip, mul, relu, repeatChannels, scale, shift, sign, sliceLast, sub } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { repeatTo } from '../broadcasting.ts'
import type { LayerArgs } from '../layer.ts'
import { number } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Augmentation, interval, shareOf, valueRange } from './augmentation.ts'
import { seed } from './random.ts'

/** How bright red, green and blue are (ITU-R BT.601, as Keras rounds it). */
const BRIGHTNESS = [0.2989, 0.587, 0.114]

function demandColors(channels: number): void {
  if (channels !== 1 && channels !== 3)
    throw new SeparableError('shape', `pictures must have one channel or red, green and blue, ${received(channels)}`)
}

/** [N,H,W,1 or 3], the channels of each pixel equal. */
function gray(x: Tensor): Node {
  if (x.shape.at(-1) === 1) return x.node
  const bright = BRIGHTNESS.map((factor, channel) => scale(sliceLast(x.node, channel, 1), factor)).reduce(add)
  return repeatChannels(bright, 3)
}

/** a + share (b - a), with one share [N,1,1,1] for each image. */
function mix(a: Node, b: Node, share: Node, { shape }: Tensor): Node {
  return add(a, mul(sub(b, a), repeatTo(share, shape.slice(1))))
}

/** 1 where a > b, otherwise 0. */
const exceeds = (a: Node, b: Node): Node => sign(relu(sub(a, b)))

const grayscaleSchema = { factor: number('probability', { min: 0, max: 1 }).default(0.5), seed }

export class RandomGrayscale extends Augmentation<typeof grayscaleSchema> {
  static override readonly className = 'RandomGrayscale'
  static override readonly schema = grayscaleSchema

  override build([, , channels]: Shape): void {
    demandColors(channels)
  }

  protected override augment(x: Tensor): Node {
    const below = shift(scale(this.uniform(x, 0), -1), this.config.factor)
    return mix(x.node, gray(x), sign(relu(below)), x)
  }
}

/**
 * While training makes pictures grey, each with the probability `factor`; otherwise changes nothing. Input and result
 * [N,H,W,C], of one or three channels. Default: factor 0.5.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_grayscale/
 * @throws SeparableError (`argument`) when the factor is not from 0 to 1, (`shape`) when channels are no colours
 */
export function randomGrayscale(args: LayerArgs<typeof grayscaleSchema> = {}): RandomGrayscale {
  return new RandomGrayscale(args)
}

const degenerationSchema = {
  factor: shareOf('how much of the colour goes, 1 all of it: [lowest, highest], or from 0 to one number'),
  valueRange,
  seed,
}

export class RandomColorDegeneration extends Augmentation<typeof degenerationSchema> {
  static override readonly className = 'RandomColorDegeneration'
  static override readonly schema = degenerationSchema

  override build([, , channels]: Shape): void {
    demandColors(channels)
  }

  protected override augment(x: Tensor): Node {
    const { factor, valueRange } = this.config
    return clip(mix(x.node, gray(x), this.uniform(x, 0, factor), x), ...valueRange)
  }
}

/**
 * While training takes a share of the colour from each picture; otherwise changes nothing. Input and result [N,H,W,C], of one
 * or three channels. Default: valueRange [0, 255], at whose ends results are cut off.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_color_degeneration/
 * @throws SeparableError (`argument`) when a factor is not from 0 to 1, (`shape`) when channels are no colours
 */
export function randomColorDegeneration(args: LayerArgs<typeof degenerationSchema>): RandomColorDegeneration {
  return new RandomColorDegeneration(args)
}

const invertSchema = {
  factor: shareOf('probability: [lowest, highest], or from 0 to one number').default(1),
  valueRange: interval('lowest and highest value of a pixel; negatives are what is left of the highest').default([
    0, 255,
  ]),
  seed,
}

export class RandomInvert extends Augmentation<typeof invertSchema> {
  static override readonly className = 'RandomInvert'
  static override readonly schema = invertSchema

  protected override augment(x: Tensor): Node {
    const { factor, valueRange } = this.config
    const inverted = shift(scale(x.node, -1), valueRange[1])
    return mix(x.node, inverted, exceeds(this.uniform(x, 0, factor), this.uniform(x, 1)), x)
  }
}

/**
 * While training turns pictures into their negatives, each with a probability that is itself drawn from `factor`:
 * valueRange[1] - x; otherwise changes nothing. Input and result [N,H,W,C]. Defaults: factor 1 (a probability from 0 to 1),
 * valueRange [0, 255].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_invert/
 * @throws SeparableError (`argument`) when a factor is not from 0 to 1
 */
export function randomInvert(args: LayerArgs<typeof invertSchema> = {}): RandomInvert {
  return new RandomInvert(args)
}
