/**
 * @file Optimizers, as Keras computes them (https://keras.io/api/optimizers/): the update of a weight is a few elementwise
 * ops at the end of the training graph. What changes from step to step is one number, the step size, computed here in f64.
 */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { add, div, mul, scale, shift, sqrt, square, sub } from '../ops/index.ts'
import { autoName, camelCase, suggest } from './names.ts'
import {
  type Args,
  type ArgsParameter,
  bool,
  encode,
  type Json,
  number,
  type Resolved,
  resolve,
  type Schema,
} from './schema.ts'
import type { Trace } from './trace.ts'
import { Variable } from './variable.ts'

const learningRate = (usual: number) => number('step width', { min: 0 }).default(usual)
const epsilon = number('keeps divisors away from 0', { min: 0 }).default(1e-7)
const share = (doc: string, usual: number) => number(doc, { min: 0, below: 1 }).default(usual)

type RateSchema = Schema & { readonly learningRate: ReturnType<typeof learningRate> }

/** Improves weights by their gradients. One optimizer serves one model. */
export abstract class Optimizer<S extends RateSchema = RateSchema> {
  static readonly className: string = 'Optimizer'
  static readonly schema: Schema = {}

  readonly name: string
  readonly config: Resolved<S>
  /** May be changed at any time, by a callback for example; nothing is compiled again. */
  learningRate: number
  /** Steps done so far. */
  iterations = 0
  #built = false
  readonly #slots = new Map<Variable, readonly Variable[]>()

  constructor(...[args]: ArgsParameter<Args<S>>) {
    const { className, schema } = new.target
    this.config = resolve(className, schema, args) as Resolved<S>
    this.learningRate = (this.config as { readonly learningRate: number }).learningRate
    this.name = autoName(className)
  }

  /** Names of the running values that are kept for each weight. */
  abstract get slotNames(): readonly string[]
  /** The number `rate` of `next` in step `step`, counted from 1. */
  protected abstract stepSize(step: number): number
  /** The next values of a weight and its slots. */
  protected abstract next(weight: Node, gradient: Node, slots: readonly Node[], rate: Node): readonly Node[]

  get className(): string {
    return (this.constructor as typeof Optimizer).className
  }

  /** Whether it knows the weights that it improves. */
  get built(): boolean {
    return this.#built
  }

  /** The running values of all weights seen so far, weight by weight. */
  get slots(): readonly Variable[] {
    return [...this.#slots.values()].flat()
  }

  /** Elements of the optimizer's state as Keras counts them: the slots, the step counter and the learning rate. */
  countParams(): number {
    return this.slots.reduce((sum, { size }) => sum + size, 2)
  }

  /** The step size of the step that comes next. */
  nextStepSize(): number {
    return this.stepSize(this.iterations + 1)
  }

  /** Makes the slots of these weights, all zero, where they are missing. */
  build(weights: readonly Variable[]): void {
    this.#built = true
    for (const weight of weights) {
      if (this.#slots.has(weight)) continue
      const slots = this.slotNames.map((slot) => this.#slot(weight, slot))
      this.#slots.set(weight, slots)
    }
  }

  /** Adds the updates of these weights to a training graph. */
  addUpdates(trace: Trace, weights: readonly Variable[], gradients: readonly Node[]): void {
    this.build(weights)
    const rate = trace.scalar('stepSize')
    weights.forEach((weight, i) => {
      const variables = [weight, ...(this.#slots.get(weight) as readonly Variable[])]
      const [value, ...slots] = variables.map((variable) => trace.read(variable))
      const next = trace.graph.within(`${this.name}/${weight.path}`, () => this.next(value, gradients[i], slots, rate))
      variables.forEach((variable, k) => {
        trace.update(variable, next[k])
      })
    })
  }

  getConfig(): { [name: string]: Json } {
    const { schema } = this.constructor as typeof Optimizer
    return { ...encode(schema, this.config as Resolved<Schema>), learningRate: this.learningRate }
  }

  #slot({ path, shape, stored }: Variable, slot: string): Variable {
    return new Variable({ path: `${this.name}/${path}/${slot}`, shape, stored })
  }
}

/** a + (b - a) share: `a` moves towards `b`. */
function towards(a: Node, b: Node, share: number): Node {
  return add(a, scale(sub(b, a), share))
}

const sgdSchema = {
  learningRate: learningRate(0.01),
  momentum: share('how much of the last step is repeated', 0),
  nesterov: bool('whether the gradient is looked at where the momentum leads').default(false),
}

class SGD extends Optimizer<typeof sgdSchema> {
  static override readonly className = 'SGD'
  static override readonly schema = sgdSchema

  override get slotNames() {
    return this.config.momentum > 0 ? ['momentum'] : []
  }

  protected override stepSize(): number {
    return this.learningRate
  }

  /** v = momentum v - rate g, w += v; Nesterov: w += momentum v - rate g. */
  protected override next(w: Node, g: Node, [v]: readonly Node[], rate: Node): Node[] {
    const step = mul(g, rate)
    if (!v) return [sub(w, step)]
    const { momentum, nesterov } = this.config
    const velocity = sub(scale(v, momentum), step)
    return [add(w, nesterov ? sub(scale(velocity, momentum), step) : velocity), velocity]
  }
}

const adamSchema = {
  learningRate: learningRate(0.001),
  beta1: share('how much of the mean gradient stays in each step', 0.9),
  beta2: share('how much of the mean squared gradient stays in each step', 0.999),
  epsilon,
}

class Adam extends Optimizer<typeof adamSchema> {
  static override readonly className = 'Adam'
  static override readonly schema = adamSchema

  override get slotNames() {
    return ['momentum', 'velocity']
  }

  /** learningRate sqrt(1 - beta2^t) / (1 - beta1^t), t counting from 1. */
  protected override stepSize(step: number): number {
    const { beta1, beta2 } = this.config
    return (this.learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
  }

  /** m and v move towards g and g²; w -= rate m / (sqrt(v) + epsilon), the epsilon outside of the bias correction. */
  protected override next(w: Node, g: Node, [m, v]: readonly Node[], rate: Node): Node[] {
    const { beta1, beta2, epsilon } = this.config
    const momentum = towards(m, g, 1 - beta1)
    const velocity = towards(v, square(g), 1 - beta2)
    return [sub(w, div(mul(momentum, rate), shift(sqrt(velocity), epsilon))), momentum, velocity]
  }
}

const rmspropSchema = {
  learningRate: learningRate(0.001),
  rho: share('how much of the mean squared gradient stays in each step', 0.9),
  momentum: share('how much of the last step is repeated', 0),
  epsilon,
  centered: bool('whether the squared mean gradient is taken off the mean squared one').default(false),
}

class RMSprop extends Optimizer<typeof rmspropSchema> {
  static override readonly className = 'RMSprop'
  static override readonly schema = rmspropSchema

  override get slotNames() {
    const { momentum, centered } = this.config
    return ['velocity', ...(momentum > 0 ? ['momentum'] : []), ...(centered ? ['average_gradient'] : [])]
  }

  protected override stepSize(): number {
    return this.learningRate
  }

  /** v = rho v + (1 - rho) g², step = rate g / sqrt(v + epsilon), w -= step; with momentum: m = momentum m + step, w -= m. */
  protected override next(w: Node, g: Node, [v, ...others]: readonly Node[], rate: Node): Node[] {
    const { rho, momentum, epsilon, centered } = this.config
    const mean = (old: Node, value: Node) => add(scale(old, rho), scale(value, 1 - rho))
    const [m, average] = momentum > 0 ? others : [undefined, ...others]
    const velocity = mean(v, square(g))
    const gradient = centered ? mean(average as Node, g) : undefined
    const spread = gradient ? sub(velocity, square(gradient)) : velocity
    const step = div(mul(g, rate), sqrt(shift(spread, epsilon)))
    const move = m ? add(scale(m, momentum), step) : step
    return [sub(w, move), velocity, ...(m ? [move] : []), ...(gradient ? [gradient] : [])]
  }
}

/** Optimizers by name, for `compile`. */
export const optimizers = {
  /** Adam (Kingma and Ba 2015). Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
  adam: (args: Args<typeof adamSchema> = {}): Optimizer => new Adam(args),
  /** RMSprop (Tieleman and Hinton 2012). Defaults: learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7, centered false. */
  rmsprop: (args: Args<typeof rmspropSchema> = {}): Optimizer => new RMSprop(args),
  /** Gradient descent. Defaults: learningRate 0.01, momentum 0, nesterov false. */
  sgd: (args: Args<typeof sgdSchema> = {}): Optimizer => new SGD(args),
}

export type OptimizerName = keyof typeof optimizers

/** @throws SeparableError (`argument`) when there is no optimizer of this name */
export function optimizerOf(optimizer: string | Optimizer): Optimizer {
  if (typeof optimizer !== 'string') return optimizer
  const name = camelCase(optimizer.toLowerCase())
  const names = Object.keys(optimizers)
  if (Object.hasOwn(optimizers, name)) return optimizers[name as OptimizerName]()
  throw new SeparableError(
    'argument',
    `compile: unknown optimizer${suggest(name, names)} (known: ${names.join(', ')}), ${received(optimizer)}`,
  )
}
