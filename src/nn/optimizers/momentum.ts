/** @file Optimizers that follow the gradient itself: SGD and Lion. */
import type { Node } from '../../ir/node.ts'
import { add, mul, scale, sign, sub } from '../../ops/index.ts'
import { bool } from '../schema.ts'
import { commonArgs, Optimizer, type Rates, share } from './optimizer.ts'

export const sgdSchema = {
  ...commonArgs(0.01),
  momentum: share('how much of the last step is repeated', 0),
  nesterov: bool('whether the gradient is looked at where the momentum leads').default(false),
}

export class SGD extends Optimizer<typeof sgdSchema> {
  static override readonly className = 'SGD'
  static override readonly schema = sgdSchema

  override get slotNames() {
    return this.config.momentum > 0 ? ['momentum'] : []
  }

  protected override rates(stepSize: number) {
    return { stepSize }
  }

  /** v = momentum v - rate g, w += v; Nesterov: w += momentum v - rate g. */
  protected override next(w: Node, g: Node, [v]: readonly Node[], rates: Rates): Node[] {
    const step = mul(g, rates('stepSize'))
    if (!v) return [sub(w, step)]
    const { momentum, nesterov } = this.config
    const velocity = sub(scale(v, momentum), step)
    return [add(w, nesterov ? sub(scale(velocity, momentum), step) : velocity), velocity]
  }
}

export const lionSchema = {
  ...commonArgs(0.001),
  beta1: share('how much of the mean gradient the direction takes', 0.9),
  beta2: share('how much of the mean gradient stays in each step', 0.99),
}

export class Lion extends Optimizer<typeof lionSchema> {
  static override readonly className = 'Lion'
  static override readonly schema = lionSchema

  override get slotNames() {
    return ['momentum']
  }

  protected override rates(stepSize: number) {
    return { stepSize }
  }

  /** w -= rate sign(beta1 m + (1 - beta1) g), m = beta2 m + (1 - beta2) g. */
  protected override next(w: Node, g: Node, [m]: readonly Node[], rates: Rates): Node[] {
    const { beta1, beta2 } = this.config
    const mixed = (beta: number) => add(scale(m, beta), scale(g, 1 - beta))
    return [sub(w, mul(sign(mixed(beta1)), rates('stepSize'))), mixed(beta2)]
  }
}
