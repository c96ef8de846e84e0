/** @file The arguments of `compile`. */
import { received, SeparableError } from '../base/errors.ts'
import { type Criterion, type LossName, lossOf, type MetricName, metricOf } from '../nn/losses.ts'
import { type Optimizer, type OptimizerName, optimizerOf } from '../nn/optimizers.ts'
import { opaque, resolve } from '../nn/schema.ts'
import type { Compiled } from './graphs.ts'

/** A name as Keras spells it. */
type OtherSpelling = string & Record<never, never>

/** Names may be written as here or as in Keras: `sparse_categorical_crossentropy`. */
export interface CompileArgs {
  /** Default: "rmsprop". */
  readonly optimizer?: OptimizerName | OtherSpelling | Optimizer
  readonly loss: LossName | OtherSpelling | Criterion
  /** Logged under the names that are given here. Default: none. */
  readonly metrics?: readonly (MetricName | OtherSpelling | Criterion)[]
}

const isNameOr = (method: string) => (input: unknown) =>
  typeof input === 'string' || (typeof input === 'object' && input !== null && method in input)

const schema = {
  optimizer: opaque<string | Optimizer>(
    'how weights are improved',
    'a name or the result of optimizers.*()',
    isNameOr('addUpdates'),
  ).default('rmsprop'),
  loss: opaque<string | Criterion>(
    'what is to become small',
    'a name or the result of losses.*()',
    isNameOr('measure'),
  ),
  metrics: opaque<readonly (string | Criterion)[]>(
    'what else is logged',
    'a list of names or results of metrics.*()',
    (input) => Array.isArray(input) && input.every(isNameOr('measure')),
  ).default([]),
}

/** @throws SeparableError (`argument`) when something is unknown or named twice */
export function compileArgs(args: CompileArgs): Compiled {
  const { optimizer, loss, metrics } = resolve('compile', schema, args)
  const byName = new Map<string, Criterion>()
  for (const metric of metrics) {
    const name = typeof metric === 'string' ? metric : metric.name
    if (name === 'loss' || byName.has(name))
      throw new SeparableError('argument', `compile: a metric's name is taken, ${received(name)}`)
    byName.set(name, metricOf(metric))
  }
  return { optimizer: optimizerOf(optimizer), loss: lossOf(loss), metrics: byName }
}
