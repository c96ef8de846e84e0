/**
 * @file What layers have in common that change pictures at random while training: they draw anew for each image of each
 * step, inside the compiled step, and do nothing otherwise.
 */
import type { Node } from '../../ir/node.ts'
import { draw, noise, pad, scale, shift } from '../../ops/index.ts'
import { type Field, field, type Schema } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { RandomLayer } from './random.ts'

interface IntervalRule {
  readonly min?: number
  readonly max?: number
  /** Whether the lower number comes first, in whatever order they are given. Default: true. */
  readonly ordered?: boolean
  /** What one number stands for; absent where there must be two. */
  readonly single?: (value: number) => Interval
}

type Interval = readonly [number, number]

/** Two numbers, or one that stands for two. */
export function interval(doc: string, rule: IntervalRule = {}): Field<Interval, number | Interval, false> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, ordered = true, single } = rule
  const limits = [rule.min === undefined ? '' : ` >= ${min}`, rule.max === undefined ? '' : ` <= ${max}`]
  const fits = (n: unknown): n is number => Number.isFinite(n) && (n as number) >= min && (n as number) <= max
  return field({
    doc,
    expects: `${single ? 'a number or two' : 'two numbers'}${limits.filter(Boolean).join(' and')}`,
    parse(input) {
      const [first, second, ...rest] = fits(input) && single ? single(input) : Array.isArray(input) ? input : []
      if (!fits(first) || !fits(second) || rest.length > 0) return undefined
      return ordered && first > second ? [second, first] : [first, second]
    },
  })
}

/** Input [N,H,W,C]. */
export abstract class Augmentation<S extends Schema> extends RandomLayer<S> {
  static override readonly inputRank = 4

  /** What becomes of the pictures while training. */
  protected abstract augment(x: Tensor): Node

  /** What becomes of them otherwise. */
  protected leave(x: Tensor): Node {
    return x.node
  }

  override call(x: Tensor): Tensor {
    return x.map(() => (x.trace.training ? this.augment(x) : this.leave(x)))
  }

  /** Whole numbers i32 [N,K] for each image, number k in [0, choices_k). */
  protected draw(x: Tensor, choices: readonly number[]): Node {
    return draw(x.node, x.trace.scalar('step'), { stream: this.stream(0), choices })
  }

  /** One number [N,1,1,1] for each image, evenly spread; other numbers for another `which`. */
  protected uniform(x: Tensor, which: number, [low, high]: Interval = [0, 1]): Node {
    const [, height, width, channels] = x.shape
    const element = pad(x.node, [0, 1 - height, 0, 1 - width, 0, 1 - channels])
    return shift(scale(noise(element, x.trace.scalar('step'), { stream: this.stream(which) }), high - low), low)
  }
}

/** A share of something: [lowest, highest], or from 0 to one number. */
export const shareOf = (doc: string): Field<Interval, number | Interval, false> =>
  interval(doc, { min: 0, max: 1, single: (factor) => [0, factor] })

export const valueRange = interval('lowest and highest value of a pixel; results are cut off there').default([0, 255])
