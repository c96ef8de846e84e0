/**
 * @file Learning rates that depend on the step (https://keras.io/api/optimizers/learning_rate_schedules/). Steps count the
 * batches from 0.
 */

import { received, SeparableError } from '../../base/errors.ts'
import { cosineOfHalfTurns, naturalLog, power as raise } from '../../base/exact.ts'
import {
  type Args,
  type ArgsParameter,
  bool,
  encode,
  type Field,
  field,
  int,
  type Json,
  number,
  type Resolved,
  resolve,
  type Schema,
  withSchema,
} from '../schema.ts'

export interface Schedule {
  /** As Keras calls it. */
  readonly className: string
  /** The learning rate of a step. */
  at(step: number): number
  /** The arguments as plain data. */
  getConfig(): { [name: string]: Json }
}

interface Rule<S extends Schema> {
  readonly className: string
  readonly schema: S
  /** @throws SeparableError (`argument`) when arguments do not fit each other */
  readonly check?: (config: Resolved<S>) => void
  readonly at: (step: number, config: Resolved<S>) => number
}

function define<S extends Schema>({ className, schema, check, at }: Rule<S>) {
  return withSchema(schema, (...[args]: ArgsParameter<Args<S>>): Schedule => {
    const config = resolve(className, schema, args)
    check?.(config)
    return { className, at: (step) => at(step, config), getConfig: () => encode(schema, config) }
  })
}

const rateField = (doc: string) => number(doc, { min: 0 })
const initialLearningRate = rateField('the learning rate of step 0')
const decaySteps = int('steps over which it decays', { min: 1 })
const decayRate = number('how strongly it decays', { min: 0 })
const staircase = bool('whether it changes only after every decaySteps').default(false)
const alpha = number('the share of the learning rate that is left at the end', { min: 0 }).default(0)
const list = (doc: string) =>
  field<readonly number[]>({
    doc,
    expects: 'a list of numbers',
    parse: (input) => (Array.isArray(input) && input.every(Number.isFinite) ? [...input] : undefined),
  })

const decays = { initialLearningRate, decaySteps, decayRate, staircase }

function periods(step: number, { decaySteps, staircase }: { decaySteps: number; staircase: boolean }): number {
  return staircase ? Math.floor(step / decaySteps) : step / decaySteps
}

/** From 1 at 0 to 0 at 1. */
const cosine = (part: number): number => (1 + cosineOfHalfTurns(part)) / 2

/** The same at every step. */
const constant = define({
  className: 'Constant',
  schema: { learningRate: rateField('the learning rate') },
  at: (_, { learningRate }) => learningRate,
})

/** values[0] up to and including step boundaries[0], then values[1] up to boundaries[1], ... */
const piecewiseConstantDecay = define({
  className: 'PiecewiseConstantDecay',
  schema: { boundaries: list('the last steps of all values but one'), values: list('learning rates') },
  check({ boundaries, values }) {
    if (boundaries.length !== values.length - 1)
      throw new SeparableError(
        'argument',
        `PiecewiseConstantDecay: there must be one boundary less than values, ${received([boundaries.length, values.length])}`,
      )
  },
  at(step, { boundaries, values }) {
    const part = boundaries.findIndex((last) => step <= last)
    return values.at(part) as number // the last one behind all boundaries, where part is -1
  },
})

/** initialLearningRate decayRate^(step / decaySteps). Default: staircase false. */
const exponentialDecay = define({
  className: 'ExponentialDecay',
  schema: decays,
  at: (step, config) => config.initialLearningRate * raise(config.decayRate, periods(step, config)),
})

/** initialLearningRate / (1 + decayRate step / decaySteps). Default: staircase false. */
const inverseTimeDecay = define({
  className: 'InverseTimeDecay',
  schema: decays,
  at: (step, config) => config.initialLearningRate / (1 + config.decayRate * periods(step, config)),
})

/**
 * From initialLearningRate to endLearningRate along (1 - step / decaySteps)^power; with `cycle`, decaySteps grows to the
 * next of its multiples again and again. Defaults: endLearningRate 0.0001, power 1, cycle false.
 */
const polynomialDecay = define({
  className: 'PolynomialDecay',
  schema: {
    initialLearningRate,
    decaySteps,
    endLearningRate: rateField('the lowest learning rate').default(0.0001),
    power: number('1 for a straight line', { min: 0 }).default(1),
    cycle: bool('whether it starts anew after decaySteps').default(false),
  },
  at(step, { initialLearningRate, decaySteps, endLearningRate, power, cycle }) {
    const steps = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps
    const left = 1 - Math.min(step, steps) / steps
    return (initialLearningRate - endLearningRate) * raise(left, power) + endLearningRate
  },
})

/**
 * Half a cosine down to alpha times the start, over decaySteps. With a `warmupTarget`, warmupSteps of a straight line from
 * initialLearningRate to it come first. Defaults: alpha 0, warmupTarget null, warmupSteps 0. Loshchilov and Hutter 2017.
 */
const cosineDecay = define({
  className: 'CosineDecay',
  schema: {
    initialLearningRate,
    decaySteps,
    alpha,
    warmupTarget: rateField('where the warm-up ends and the decay begins; null for none').orNull(),
    warmupSteps: int('steps of the warm-up', { min: 0 }).default(0),
  },
  at(step, { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps }) {
    const warmup = warmupTarget === null ? 0 : warmupSteps
    const start = warmupTarget ?? initialLearningRate
    if (step < warmup) return initialLearningRate + ((start - initialLearningRate) * step) / warmup
    return start * ((1 - alpha) * cosine(Math.min(step - warmup, decaySteps) / decaySteps) + alpha)
  },
})

/**
 * Half cosines, one after the other: each tMul times as long as the one before and mMul times as high. Defaults: tMul 2,
 * mMul 1, alpha 0. Loshchilov and Hutter 2017.
 */
const cosineDecayRestarts = define({
  className: 'CosineDecayRestarts',
  schema: {
    initialLearningRate,
    firstDecaySteps: int('steps of the first half cosine', { min: 1 }),
    tMul: number('how much longer each is', { min: 1 }).default(2),
    mMul: number('how much higher each starts', { min: 0 }).default(1),
    alpha,
  },
  at(step, { initialLearningRate, firstDecaySteps, tMul, mMul, alpha }) {
    const done = step / firstDecaySteps
    // The lengths 1 + tMul + ... + tMul^(k-1) of k cosines add up to (tMul^k - 1) / (tMul - 1).
    const restarts =
      tMul === 1 ? Math.floor(done) : Math.floor(naturalLog(1 + done * (tMul - 1)) / naturalLog(tMul) + 1e-12)
    const before = tMul === 1 ? restarts : (raise(tMul, restarts) - 1) / (tMul - 1)
    const part = (done - before) / raise(tMul, restarts)
    return initialLearningRate * ((1 - alpha) * raise(mMul, restarts) * cosine(part) + alpha)
  },
})

/**
 * Up from maxLearningRate / divFactor along half a cosine over the share pctStart of totalSteps, then down to
 * 1 / finalDivFactor of where it began. Not in Keras; defaults as in PyTorch: pctStart 0.3, divFactor 25,
 * finalDivFactor 1e4. Smith and Topin 2018.
 */
const oneCycle = define({
  className: 'OneCycle',
  schema: {
    maxLearningRate: rateField('the highest learning rate'),
    totalSteps: int('steps of the whole cycle', { min: 2 }),
    pctStart: number('the share of the steps in which it rises', { above: 0, below: 1 }).default(0.3),
    divFactor: number('how far below the highest it starts', { min: 1 }).default(25),
    finalDivFactor: number('how far below its start it ends', { min: 1 }).default(1e4),
  },
  at(step, { maxLearningRate, totalSteps, pctStart, divFactor, finalDivFactor }) {
    const start = maxLearningRate / divFactor
    const top = pctStart * totalSteps - 1
    const between = (from: number, to: number, part: number) => to + (from - to) * cosine(part)
    if (step <= top) return between(start, maxLearningRate, step / top)
    const part = Math.min((step - top) / (totalSteps - 1 - top), 1)
    return between(maxLearningRate, start / finalDivFactor, part)
  },
})

/** Learning rates that change, for `optimizers.*({ learningRate })`. */
export const schedules = {
  constant,
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  oneCycle,
  piecewiseConstantDecay,
  polynomialDecay,
}

/** A schedule from its class and config, as `encode` below writes them; Keras gives it a name, too. */
function scheduleFrom(input: unknown): Schedule | undefined {
  const { className, config } = Object(input)
  const { name: _name, ...args } = Object(config)
  const key = Object.keys(schedules).find(
    (name) => name === `${className}`.replace(/^./, (letter) => letter.toLowerCase()),
  )
  return key === undefined ? undefined : (schedules[key as keyof typeof schedules] as (args: object) => Schedule)(args)
}

function isSchedule(input: unknown): input is Schedule {
  return typeof input === 'object' && input !== null && 'at' in input && 'getConfig' in input
}

/** The argument `learningRate`: a number or a schedule. */
export function rate(usual: number): Field<number | Schedule, number | Schedule, true> {
  const fixed = rateField('step width, or a schedule of it')
  return field<number | Schedule>({
    doc: fixed.doc,
    expects: `${fixed.expects} or the result of schedules.*()`,
    parse: (input) => (isSchedule(input) ? input : (fixed.parse(input) ?? scheduleFrom(input))),
    encode: (value) => (typeof value === 'number' ? value : { className: value.className, config: value.getConfig() }),
  }).default(usual)
}
