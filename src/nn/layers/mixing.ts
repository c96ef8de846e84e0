/** @file Layers that mix each picture with another one of its batch while training; what the model learns mixes along. */
import type { Node } from '../../ir/node.ts'
import {
  add,
  concat,
  cosTurns,
  div,
  exp,
  log,
  mul,
  neg,
  paste,
  reshape,
  roll,
  scale,
  shift,
  sqrt,
  square,
  sub,
} from '../../ops/index.ts'
import { repeatTo } from '../broadcasting.ts'
import type { LayerArgs } from '../layer.ts'
import { number, type Schema } from '../schema.ts'
import type { Tensor, Trace } from '../trace.ts'
import { Augmentation, interval } from './augmentation.ts'
import { seed } from './random.ts'

abstract class Mixing<S extends Schema> extends Augmentation<S> {
  /** What stands in the place of each image in the same batch, moved along by a number of places drawn for each step. */
  protected partner(trace: Trace, value: Node): Node {
    return roll(value, trace.scalar('step'), trace.scalar('invBatch'), { stream: this.stream(0), back: false })
  }

  /** Says that images keep this share [N,1,1,1] of themselves, and that their partners have the rest. */
  protected blend({ trace }: Tensor, share: Node): void {
    trace.blend(this, { share: reshape(share, [1]), partner: (value) => this.partner(trace, value) })
  }

  /**
   * A number of the distribution Beta(alpha, alpha) for each image, [N,1,1,1], where `inverse` makes t / alpha of t.
   *
   * (1 + T / sqrt(2 alpha + T^2)) / 2 of T with Student's distribution of 2 alpha degrees of freedom, which is
   * sqrt(2 alpha (U^(-1/alpha) - 1)) cos(2 pi V) (Bailey, Mathematics of Computation 62, 1994). With W = U^(1/alpha) that is
   * (1 + c sqrt((1 - W) / (W + (1 - W) c^2))) / 2, c = cos(2 pi V).
   */
  protected beta(x: Tensor, inverse: (node: Node) => Node): Node {
    const w = exp(inverse(log(this.uniform(x, 1))))
    const c = cosTurns(this.uniform(x, 2))
    const rest = shift(neg(w), 1)
    const radius = sqrt(div(rest, shift(add(w, mul(rest, square(c))), TINY)))
    return scale(shift(mul(c, radius), 1), 0.5)
  }
}

/** Keeps a denominator above 0 where both of its terms underflow, and changes no other. */
const TINY = 1e-30

const mixUpSchema = {
  alpha: number("of the distribution Beta(alpha, alpha) of an image's share; the smaller, the less is mixed", {
    above: 0,
  }).default(0.2),
  seed,
}

export class MixUp extends Mixing<typeof mixUpSchema> {
  static override readonly className = 'MixUp'
  static override readonly schema = mixUpSchema

  protected override augment(x: Tensor): Node {
    const share = this.beta(x, (node) => scale(node, 1 / this.config.alpha))
    this.blend(x, share)
    const other = this.partner(x.trace, x.node)
    return add(other, mul(sub(x.node, other), repeatTo(share, x.shape.slice(1))))
  }
}

/**
 * While training blends each image with another one of its batch, s x + (1 - s) other with s drawn for each image; otherwise
 * changes nothing. Input and result [N,H,W,C].
 *
 * Loss and metrics follow by themselves: each is s times that of the image's own target plus 1 - s times that of the other's,
 * for the cross-entropies the same as that of mixed targets. Targets stay what they are, class numbers too. In Keras this
 * layer is part of the data pipeline, where it mixes one-hot labels; in a Keras model it would leave them alone. Partners
 * stand equally far apart, by a number of places that is drawn for each step, so `fit` must shuffle (its default).
 *
 * Default: alpha 0.2.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/mix_up/; Zhang et al., ICLR 2018.
 * @throws SeparableError (`argument`) when alpha is not above 0
 */
export function mixUp(args: LayerArgs<typeof mixUpSchema> = {}): MixUp {
  return new MixUp(args)
}

const cutMixSchema = {
  factor: interval("alpha of the distribution Beta(alpha, alpha) of an image's share, drawn from [lowest, highest]", {
    min: 0,
    max: 1,
    single: (factor) => [0, factor],
  }).default(1),
  seed,
}

/** Added to alpha, which may be 0. */
const LEAST_ALPHA = 1e-6

export class CutMix extends Mixing<typeof cutMixSchema> {
  static override readonly className = 'CutMix'
  static override readonly schema = cutMixSchema

  protected override augment(x: Tensor): Node {
    const [, height, width] = x.shape
    const alpha = shift(this.uniform(x, 3, this.config.factor), LEAST_ALPHA)
    const share = this.beta(x, (node) => div(node, alpha))
    this.blend(x, share)
    const side = sqrt(shift(neg(share), 1))
    const box = [...this.#span(x, scale(side, height), height, 4), ...this.#span(x, scale(side, width), width, 5)]
    return paste(x.node, this.partner(x.trace, x.node), reshape(concat(box), [4]))
  }

  /** Where the rectangle begins and ends along an axis of this size. */
  #span(x: Tensor, length: Node, size: number, which: number): [Node, Node] {
    const from = mul(this.uniform(x, which), shift(neg(length), size))
    return [from, add(from, length)]
  }
}

/**
 * While training replaces a rectangle of each image by the same part of another one of its batch; otherwise changes nothing.
 * The rectangle has 1 - s of the area and the shape of the picture, with s drawn for each image. Input and result [N,H,W,C].
 *
 * Loss and metrics follow as those of `mixUp` do: s times that of the image's own target plus 1 - s times that of the other's.
 * Keras draws one alpha for all images of a batch. One number as factor means from 0 to it. Default: factor 1.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/cut_mix/; Yun et al., ICCV 2019.
 * @throws SeparableError (`argument`) when a factor is not from 0 to 1
 */
export function cutMix(args: LayerArgs<typeof cutMixSchema> = {}): CutMix {
  return new CutMix(args)
}
