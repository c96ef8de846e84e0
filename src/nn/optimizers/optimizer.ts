/**
 * @file What all optimizers share, as Keras has it (https://keras.io/api/optimizers/): the update of a weight is one run of
 * elementwise ops at the end of the training graph. What changes from step to step is a few numbers, computed here in f64.
 */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { add, broadcastLike, clip, constant, mul, scale, sub } from '../../ops/index.ts'
import { autoName } from '../names.ts'
import {
  type Args,
  type ArgsParameter,
  bool,
  encode,
  int,
  type Json,
  number,
  type Resolved,
  resolve,
  type Schema,
} from '../schema.ts'
import type { Trace } from '../trace.ts'
import { Variable } from '../variable.ts'
import { clippedByNorm, clippedTogether } from './clipping.ts'
import { rate, type Schedule } from './schedules.ts'

/** Numbers that change from step to step, as values of the graph. */
export type Rates = (name: string) => Node

const limit = (doc: string) => number(doc, { above: 0 }).orNull()

const commonSchema = {
  weightDecay: number('share of a weight, times the learning rate, that every step takes away', { min: 0 }).orNull(),
  clipnorm: limit('the norm to which the gradient of each weight is shortened'),
  clipvalue: limit('the size at which every element of a gradient is cut off'),
  globalClipnorm: limit('the norm to which all gradients together are shortened'),
  useEma: bool('whether running means of the weights are kept, which the weights become when fit ends').default(false),
  emaMomentum: number('how much of the running mean stays in each step', { min: 0, max: 1 }).default(0.99),
  emaOverwriteFrequency: int('steps after which the weights become their running means; null never', {
    min: 1,
  }).orNull(),
  gradientAccumulationSteps: int('batches whose mean gradient makes one update; null is 1', { min: 2 }).orNull(),
}

/** The arguments that all have, and a learning rate. */
export const commonArgs = (learningRate: number) => ({ learningRate: rate(learningRate), ...commonSchema })
export type CommonSchema = ReturnType<typeof commonArgs>

export const epsilon = number('keeps divisors away from 0', { min: 0 }).default(1e-7)
export const share = (doc: string, usual: number) => number(doc, { min: 0, below: 1 }).default(usual)

/** What belongs to one weight. */
interface Slots {
  readonly own: readonly Variable[]
  readonly average: Variable | undefined
  readonly accumulated: Variable | undefined
}

/** Improves weights by their gradients. One optimizer serves one model. */
export abstract class Optimizer<S extends CommonSchema = CommonSchema> {
  static readonly className: string = 'Optimizer'
  static readonly schema: Schema = {}

  readonly name: string
  readonly config: Resolved<S>
  /** Batches seen so far; Keras counts updates, of which there are fewer when gradients are accumulated. */
  iterations = 0
  #rate: number | Schedule
  #built = false
  /** Whether the weights hold their means and the other way round. */
  #swapped = false
  readonly #slots = new Map<Variable, Slots>()
  readonly #undecayed: string[] = []

  /** @throws SeparableError (`argument`) when an argument does not fit, or two ways of clipping are asked for */
  constructor(...[args]: ArgsParameter<Args<S>>) {
    const { className, schema } = new.target
    this.config = resolve(className, schema, args) as Resolved<S>
    const { clipnorm, clipvalue, globalClipnorm } = this.#common
    if ([clipnorm, clipvalue, globalClipnorm].filter((each) => each !== null).length > 1)
      throw new SeparableError(
        'argument',
        `${className}: only one of clipnorm, clipvalue and globalClipnorm can be set, ${received([clipnorm, clipvalue, globalClipnorm])}`,
      )
    this.#rate = this.#common.learningRate
    this.name = autoName(className)
  }

  /** Names of the running values that are kept for each weight. */
  abstract get slotNames(): readonly string[]
  /** What the slots hold at first. */
  protected get slotStart(): number {
    return 0
  }
  /** The numbers of update number `step`, counted from 1. */
  protected abstract rates(learningRate: number, step: number): { readonly [name: string]: number }
  /** The next values of a weight and its slots. */
  protected abstract next(weight: Node, gradient: Node, slots: readonly Node[], rates: Rates): readonly Node[]

  get className(): string {
    return (this.constructor as typeof Optimizer).className
  }

  /** Whether it knows the weights that it improves. */
  get built(): boolean {
    return this.#built
  }

  /** Of the step that comes next. */
  get learningRate(): number {
    return typeof this.#rate === 'number' ? this.#rate : this.#rate.at(this.iterations)
  }

  /**
   * May be set at any time, by a callback for example; nothing is compiled again.
   * @throws SeparableError (`argument`) when a schedule decides
   */
  set learningRate(learningRate: number) {
    if (typeof this.#rate !== 'number')
      throw new SeparableError(
        'argument',
        `${this.className}: the learning rate follows ${this.#rate.className} and cannot be set, ${received(learningRate)}`,
      )
    this.#rate = learningRate
  }

  /** Batches whose mean gradient makes one update. */
  get batchesPerUpdate(): number {
    return this.#common.gradientAccumulationSteps ?? 1
  }

  /** Whether the next batch ends in an update; otherwise its gradients are only added up. */
  get updatesNext(): boolean {
    return (this.iterations + 1) % this.batchesPerUpdate === 0
  }

  /** Everything that is kept for weights, in the order of Keras's files: means, sums of gradients, then weight by weight. */
  get slots(): readonly Variable[] {
    const all = [...this.#slots.values()]
    return [
      ...all.flatMap(({ average }) => average ?? []),
      ...all.flatMap(({ accumulated }) => accumulated ?? []),
      ...all.flatMap(({ own }) => own),
    ]
  }

  /** A number that Keras keeps behind the slots and that follows from the steps done; undefined where there is none. */
  get derived(): number | undefined {
    return undefined
  }

  /** Elements of the optimizer's state as Keras counts them: the step counter, the learning rate if it is a number, slots. */
  countParams(): number {
    const numbers = 1 + Number(typeof this.#rate === 'number') + Number(this.derived !== undefined)
    return this.slots.reduce((sum, { size }) => sum + size, numbers)
  }

  /** Updates done so far. */
  protected get updates(): number {
    return Math.floor(this.iterations / this.batchesPerUpdate)
  }

  /** Weights whose path (`conv2d/bias`) contains one of these texts do not decay. To be called before training. */
  excludeFromWeightDecay(...names: readonly string[]): void {
    this.#undecayed.push(...names)
  }

  /** The numbers that the graph asks for, for the next step, by the names of its scalars. */
  nextScalars(): { readonly [name: string]: number } {
    const { weightDecay, emaMomentum, emaOverwriteFrequency } = this.#common
    const { learningRate } = this
    const done = this.updates
    const kept = done === 0 ? 0 : emaMomentum
    const replaced = emaOverwriteFrequency !== null && (done + 1) % emaOverwriteFrequency === 0 ? 1 : 0
    const numbers = {
      ...this.rates(learningRate, done + 1),
      decay: learningRate * (weightDecay ?? 0),
      meanKept: kept,
      meanTaken: 1 - kept,
      weightKept: 1 - replaced,
      weightReplaced: replaced,
    }
    return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`optimizer/${name}`, value]))
  }

  /** Makes the slots of these weights where they are missing. */
  build(weights: readonly Variable[]): void {
    const { useEma, gradientAccumulationSteps } = this.#common
    this.#built = true
    for (const weight of weights) {
      if (this.#slots.has(weight)) continue
      this.#slots.set(weight, {
        own: this.slotNames.map((slot) => this.#slot(weight, slot, this.slotStart)),
        average: useEma ? this.#slot(weight, 'average', 0) : undefined,
        accumulated: gradientAccumulationSteps ? this.#slot(weight, 'gradient_accumulator', 0) : undefined,
      })
    }
  }

  /** Adds the updates of these weights to the graph of a step that ends in one. */
  addUpdates(trace: Trace, weights: readonly Variable[], gradients: readonly Node[]): void {
    this.build(weights)
    const rates = ratesOf(trace)
    const means = weights.map((weight, i) => this.#meanGradient(trace, weight, gradients[i]))
    const clipped = this.#clip(means)
    weights.forEach((weight, i) => {
      const { own } = this.#slotsOf(weight)
      trace.graph.within(`${this.name}/${weight.path}`, () => {
        const slots = own.map((slot) => trace.read(slot))
        const [value, ...nextSlots] = this.next(this.#decayed(trace, weight, rates), clipped[i], slots, rates)
        own.forEach((slot, k) => {
          trace.update(slot, nextSlots[k])
        })
        trace.update(weight, constrained(weight, this.#averaged(trace, weight, value, rates)))
      })
    })
  }

  /** Adds what a step does that ends in no update: gradients are summed, and running means of weights go on. */
  addAccumulation(trace: Trace, weights: readonly Variable[], gradients: readonly Node[]): void {
    this.build(weights)
    weights.forEach((weight, i) => {
      const accumulated = this.#slotsOf(weight).accumulated as Variable
      trace.graph.within(`${this.name}/${weight.path}`, () => {
        trace.update(accumulated, add(trace.read(accumulated), gradients[i]))
        const value = trace.read(weight)
        const next = this.#averaged(trace, weight, value, ratesOf(trace))
        if (next !== value) trace.update(weight, next)
      })
    })
  }

  /** Gives the weights their running means, when there are such: what Keras does as `fit` ends. */
  finish(weights: readonly Variable[]): void {
    if (this.#swapped) this.swapAverages()
    for (const weight of weights) {
      const average = this.#slots.get(weight)?.average
      if (average && this.iterations > 0) weight.write(average.read())
    }
  }

  /** Swaps weights with their running means, for validation, say; a second time, and all is as it was. False without means. */
  swapAverages(): boolean {
    for (const [weight, { average }] of this.#slots) {
      if (!average) return false
      const values = weight.read()
      weight.write(average.read())
      average.write(values)
    }
    this.#swapped = !this.#swapped
    return this.#slots.size > 0
  }

  /** Where it is, beside what weights and slots hold. */
  getState() {
    const learningRate = typeof this.#rate === 'number' ? this.#rate : null
    return { iterations: this.iterations, learningRate, swapped: this.#swapped }
  }

  /** What `getState` returned, to an optimizer with the same configuration. */
  setState({ iterations, learningRate, swapped }: ReturnType<Optimizer['getState']>): void {
    this.iterations = iterations
    if (learningRate !== null) this.learningRate = learningRate
    this.#swapped = swapped
  }

  getConfig(): { [name: string]: Json } {
    const { schema } = this.constructor as typeof Optimizer
    const config = encode(schema, this.config as Resolved<Schema>)
    return typeof this.#rate === 'number' ? { ...config, learningRate: this.#rate } : config
  }

  get #common(): Resolved<CommonSchema> {
    return this.config as unknown as Resolved<CommonSchema>
  }

  #slotsOf(weight: Variable): Slots {
    return this.#slots.get(weight) as Slots
  }

  #slot(weight: Variable, slot: string, start: number): Variable {
    const { shape, stored, size } = weight
    return new Variable({
      path: `${this.name}/${weight.key}/${slot}`,
      shape,
      stored,
      initial: () => new Float32Array(size).fill(start),
    })
  }

  /** (the sum so far + g) / steps; the sum begins again at 0. */
  #meanGradient(trace: Trace, weight: Variable, gradient: Node): Node {
    const { accumulated } = this.#slotsOf(weight)
    if (!accumulated) return gradient
    const sum = trace.read(accumulated)
    trace.update(accumulated, broadcastLike(sum, constant(trace.graph, 0)))
    return scale(add(sum, gradient), 1 / this.batchesPerUpdate)
  }

  #clip(gradients: readonly Node[]): readonly Node[] {
    const { clipnorm, clipvalue, globalClipnorm } = this.#common
    if (clipnorm !== null) return gradients.map((gradient) => clippedByNorm(gradient, clipnorm))
    if (globalClipnorm !== null) return clippedTogether(gradients, globalClipnorm)
    return clipvalue === null ? gradients : gradients.map((gradient) => clip(gradient, -clipvalue, clipvalue))
  }

  /** w - w weightDecay learningRate, before the step itself. */
  #decayed(trace: Trace, weight: Variable, rates: Rates): Node {
    const value = trace.read(weight)
    const decays = this.#common.weightDecay && !this.#undecayed.some((name) => weight.path.includes(name))
    return decays ? sub(value, mul(value, rates('decay'))) : value
  }

  /** Lets the running mean of a weight go on to its new value. Returns what the weight becomes. */
  #averaged(trace: Trace, weight: Variable, value: Node, rates: Rates): Node {
    const { average } = this.#slotsOf(weight)
    if (!average) return value
    const mean = add(mul(trace.read(average), rates('meanKept')), mul(value, rates('meanTaken')))
    trace.update(average, mean)
    if (this.#common.emaOverwriteFrequency === null) return value
    return add(mul(value, rates('weightKept')), mul(mean, rates('weightReplaced')))
  }
}

function constrained({ constraint, shape }: Variable, value: Node): Node {
  return constraint ? constraint.apply(value, shape) : value
}

const ratesOf =
  (trace: Trace): Rates =>
  (name) =>
    trace.scalar(`optimizer/${name}`)
