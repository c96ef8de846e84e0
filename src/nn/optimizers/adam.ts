/** @file Adam and its descendants: steps divided by the root of a running mean of squared gradients. */
import { power } from '../../base/exact.ts'
import type { Node } from '../../ir/node.ts'
import { abs, add, div, maximum, mul, neg, scale, shift, sign, sqrt, square, sub } from '../../ops/index.ts'
import { sumOfSquares } from '../reductions.ts'
import { bool, number, type Schema } from '../schema.ts'
import { commonArgs, epsilon, Optimizer, type Rates, share } from './optimizer.ts'

/** a + (b - a) share: `a` moves towards `b`. */
function towards(a: Node, b: Node, share: number): Node {
  return add(a, scale(sub(b, a), share))
}

const means = {
  beta1: share('how much of the mean gradient stays in each step', 0.9),
  beta2: share('how much of the mean squared gradient stays in each step', 0.999),
  epsilon,
}

export const adamSchema = {
  ...commonArgs(0.001),
  ...means,
  amsgrad: bool('whether the greatest mean squared gradient so far counts').default(false),
}

export class Adam extends Optimizer<typeof adamSchema> {
  static override readonly className: string = 'Adam'
  static override readonly schema: Schema = adamSchema

  override get slotNames() {
    return ['momentum', 'velocity', ...(this.config.amsgrad ? ['velocity_hat'] : [])]
  }

  /** learningRate sqrt(1 - beta2^t) / (1 - beta1^t), t counting from 1. */
  protected override rates(learningRate: number, t: number) {
    const { beta1, beta2 } = this.config
    return { stepSize: (learningRate * Math.sqrt(1 - power(beta2, t))) / (1 - power(beta1, t)) }
  }

  /** m and v move towards g and g²; w -= rate m / (sqrt(v) + epsilon), the epsilon outside of the bias correction. */
  protected override next(w: Node, g: Node, [m, v, greatest]: readonly Node[], rates: Rates): Node[] {
    const { beta1, beta2, epsilon } = this.config
    const momentum = towards(m, g, 1 - beta1)
    const velocity = towards(v, square(g), 1 - beta2)
    const hat = greatest ? [maximum(greatest, velocity)] : []
    const root = shift(sqrt(hat[0] ?? velocity), epsilon)
    return [sub(w, div(mul(momentum, rates('stepSize')), root)), momentum, velocity, ...hat]
  }
}

export const adamwSchema = {
  ...adamSchema,
  weightDecay: number('share of a weight, times the learning rate, that every step takes away', { min: 0 }).default(
    0.004,
  ),
}

/** Adam with decay of the weights themselves. */
export class AdamW extends Adam {
  static override readonly className = 'AdamW'
  static override readonly schema = adamwSchema
}

export const adamaxSchema = { ...commonArgs(0.001), ...means }

export class Adamax extends Optimizer<typeof adamaxSchema> {
  static override readonly className = 'Adamax'
  static override readonly schema = adamaxSchema

  override get slotNames() {
    return ['momentum', 'norm']
  }

  protected override rates(learningRate: number, t: number) {
    return { stepSize: learningRate / (1 - power(this.config.beta1, t)) }
  }

  /** u = max(beta2 u, |g|), w -= rate m / (u + epsilon). */
  protected override next(w: Node, g: Node, [m, u]: readonly Node[], rates: Rates): Node[] {
    const { beta1, beta2, epsilon } = this.config
    const momentum = towards(m, g, 1 - beta1)
    const norm = maximum(scale(u, beta2), abs(g))
    return [sub(w, div(mul(momentum, rates('stepSize')), shift(norm, epsilon))), momentum, norm]
  }
}

export const lambSchema = { ...commonArgs(0.001), ...means }

export class Lamb extends Optimizer<typeof lambSchema> {
  static override readonly className = 'Lamb'
  static override readonly schema = lambSchema

  override get slotNames() {
    return ['momentum', 'velocity']
  }

  protected override rates(stepSize: number, t: number) {
    const { beta1, beta2 } = this.config
    return { stepSize, momentumScale: 1 / (1 - power(beta1, t)), velocityScale: 1 / (1 - power(beta2, t)) }
  }

  /** Adam's direction in the length of the weight: w -= rate |w| / |d| d; where one of them is 0, w -= rate d. */
  protected override next(w: Node, g: Node, [m, v]: readonly Node[], rates: Rates): Node[] {
    const { beta1, beta2, epsilon } = this.config
    const momentum = towards(m, g, 1 - beta1)
    const velocity = towards(v, square(g), 1 - beta2)
    const root = shift(sqrt(mul(velocity, rates('velocityScale'))), epsilon)
    const direction = div(mul(momentum, rates('momentumScale')), root)
    return [sub(w, mul(mul(direction, trust(w, direction)), rates('stepSize'))), momentum, velocity]
  }
}

/** |w| / |d|, 1 where one of them is 0. */
function trust(w: Node, d: Node): Node {
  const [weight, step] = [w, d].map((x) => sqrt(sumOfSquares(x)))
  const isZero = (length: Node) => shift(neg(sign(length)), 1)
  const ratio = div(weight, add(step, isZero(step)))
  const neither = mul(sign(weight), sign(step))
  return add(mul(ratio, neither), isZero(neither))
}

export const nadamSchema = { ...commonArgs(0.001), ...means }

/** How the momentum of Nadam grows (Dozat 2016): beta1 (1 - 0.96^t / 2). */
const GROWTH = 0.96

export class Nadam extends Optimizer<typeof nadamSchema> {
  static override readonly className = 'Nadam'
  static override readonly schema = nadamSchema

  override get slotNames() {
    return ['momentum', 'velocity']
  }

  /** The product of the momenta of the steps done. */
  override get derived() {
    return this.#productOfMomenta(this.updates)
  }

  /** With u(t) the momentum of step t and U(t) the product of those up to it. */
  protected override rates(learningRate: number, t: number) {
    const product = this.#productOfMomenta(t)
    const next = this.#momentumOf(t + 1)
    return {
      momentumRate: (learningRate * next) / (1 - product * next),
      gradientRate: (learningRate * (1 - this.#momentumOf(t))) / (1 - product),
      velocityScale: 1 / (1 - power(this.config.beta2, t)),
    }
  }

  /** w -= (rate1 m + rate2 g) / (sqrt(v scale) + epsilon) */
  protected override next(w: Node, g: Node, [m, v]: readonly Node[], rates: Rates): Node[] {
    const { beta1, beta2, epsilon } = this.config
    const momentum = towards(m, g, 1 - beta1)
    const velocity = towards(v, square(g), 1 - beta2)
    const direction = add(mul(momentum, rates('momentumRate')), mul(g, rates('gradientRate')))
    const root = shift(sqrt(mul(velocity, rates('velocityScale'))), epsilon)
    return [sub(w, div(direction, root)), momentum, velocity]
  }

  #momentumOf(t: number): number {
    return this.config.beta1 * (1 - power(GROWTH, t) / 2)
  }

  /** Ends where 1 minus the product is 1 anyway. */
  #productOfMomenta(t: number): number {
    let product = 1
    for (let k = 1; k <= t && product > 1e-20; k++) product *= this.#momentumOf(k)
    return product
  }
}
