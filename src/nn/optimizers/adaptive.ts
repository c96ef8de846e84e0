/** @file Optimizers that divide by what gradients have been so far: RMSprop, Adagrad and Adadelta. */
import type { Node } from '../../ir/node.ts'
import { add, div, mul, scale, shift, sqrt, square, sub } from '../../ops/index.ts'
import { bool, number } from '../schema.ts'
import { commonArgs, epsilon, Optimizer, type Rates, share } from './optimizer.ts'

export const rmspropSchema = {
  ...commonArgs(0.001),
  rho: share('how much of the mean squared gradient stays in each step', 0.9),
  momentum: share('how much of the last step is repeated', 0),
  epsilon,
  centered: bool('whether the variance of the gradient is used, not its mean square').default(false),
}

export class RMSprop extends Optimizer<typeof rmspropSchema> {
  static override readonly className = 'RMSprop'
  static override readonly schema = rmspropSchema

  override get slotNames() {
    const { momentum, centered } = this.config
    return ['velocity', ...(momentum > 0 ? ['momentum'] : []), ...(centered ? ['average_gradient'] : [])]
  }

  protected override rates(stepSize: number) {
    return { stepSize }
  }

  /** v = rho v + (1 - rho) g², step = rate g / sqrt(v + epsilon), w -= step; with momentum: m = momentum m + step, w -= m. */
  protected override next(w: Node, g: Node, [v, ...others]: readonly Node[], rates: Rates): Node[] {
    const { rho, momentum, epsilon, centered } = this.config
    const mean = (old: Node, value: Node) => add(scale(old, rho), scale(value, 1 - rho))
    const [m, average] = momentum > 0 ? others : [undefined, ...others]
    const velocity = mean(v, square(g))
    const gradient = centered ? mean(average as Node, g) : undefined
    const spread = gradient ? sub(velocity, square(gradient)) : velocity
    const step = div(mul(g, rates('stepSize')), sqrt(shift(spread, epsilon)))
    const move = m ? add(scale(m, momentum), step) : step
    return [sub(w, move), velocity, ...(m ? [move] : []), ...(gradient ? [gradient] : [])]
  }
}

export const adagradSchema = {
  ...commonArgs(0.001),
  initialAccumulatorValue: number('what the sums of squared gradients start from', { min: 0 }).default(0.1),
  epsilon,
}

export class Adagrad extends Optimizer<typeof adagradSchema> {
  static override readonly className = 'Adagrad'
  static override readonly schema = adagradSchema

  override get slotNames() {
    return ['accumulator']
  }

  protected override get slotStart() {
    return this.config.initialAccumulatorValue
  }

  protected override rates(stepSize: number) {
    return { stepSize }
  }

  /** a += g², w -= rate g / sqrt(a + epsilon). */
  protected override next(w: Node, g: Node, [a]: readonly Node[], rates: Rates): Node[] {
    const sum = add(a, square(g))
    return [sub(w, div(mul(g, rates('stepSize')), sqrt(shift(sum, this.config.epsilon)))), sum]
  }
}

export const adadeltaSchema = {
  ...commonArgs(0.001),
  rho: share('how much of the mean squares of gradients and steps stays in each step', 0.95),
  epsilon,
}

export class Adadelta extends Optimizer<typeof adadeltaSchema> {
  static override readonly className = 'Adadelta'
  static override readonly schema = adadeltaSchema

  override get slotNames() {
    return ['accumulated_grad', 'accumulated_delta_var']
  }

  protected override rates(stepSize: number) {
    return { stepSize }
  }

  /** a = rho a + (1 - rho) g², step = g sqrt(d + epsilon) / sqrt(a + epsilon), d = rho d + (1 - rho) step², w -= rate step. */
  protected override next(w: Node, g: Node, [a, d]: readonly Node[], rates: Rates): Node[] {
    const { rho, epsilon } = this.config
    const mean = (old: Node, value: Node) => add(scale(old, rho), scale(square(value), 1 - rho))
    const root = (squares: Node) => sqrt(shift(squares, epsilon))
    const squares = mean(a, g)
    const step = div(mul(g, root(d)), root(squares))
    return [sub(w, mul(step, rates('stepSize'))), squares, mean(d, step)]
  }
}
