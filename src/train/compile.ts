/** @file The arguments of `compile`, and what they come to once the outputs of the model are known. */
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import { type Loss, type LossName, lossOf } from '../nn/losses/index.ts'
import { type Metric, type MetricName, metricOf } from '../nn/metrics/index.ts'
import { type Optimizer, type OptimizerName, optimizerOf } from '../nn/optimizers/index.ts'
import { opaque, type Resolved, resolve } from '../nn/schema.ts'
import { type ByOutput, demandOneEach, type Head, type Logged, outputNames, pickByName } from './heads.ts'

/** A name as Keras spells it. */
type OtherSpelling = string & Record<never, never>
type LossArg = LossName | OtherSpelling | Loss
type MetricArg = MetricName | OtherSpelling | Metric
type MetricsArg = readonly MetricArg[] | ByOutput<MetricArg | readonly MetricArg[]>

/**
 * Names may be written as here or as in Keras: `sparse_categorical_crossentropy`. A model with several outputs takes lists
 * in the order of the outputs, or dictionaries by the names of their layers.
 */
export interface CompileArgs {
  /** Default: "rmsprop". */
  readonly optimizer?: OptimizerName | OtherSpelling | Optimizer
  /** One serves all outputs; an output that a dictionary leaves out learns nothing. */
  readonly loss: ByOutput<LossArg>
  /** How much the loss of each output counts in the total. Default: 1. */
  readonly lossWeights?: readonly number[] | { readonly [output: string]: number }
  /** Logged under the names that are given here. Default: none. */
  readonly metrics?: MetricsArg
  /** As `metrics`, but with images weighed by `sampleWeight` and `classWeight`. Default: none. */
  readonly weightedMetrics?: MetricsArg
}

/** What `compile` chose. */
export interface Compiled {
  readonly optimizer: Optimizer
  /** @throws SeparableError (`argument`) when what was chosen does not fit these outputs */
  heads(outputs: readonly SymbolicTensor[]): readonly Head[]
}

const isRecord = (input: unknown): input is { readonly [key: string]: unknown } =>
  typeof input === 'object' && input !== null && Object.getPrototypeOf(input) === Object.prototype

const isNameOr =
  (method: string) =>
  (input: unknown): boolean =>
    typeof input === 'string' || (typeof input === 'object' && input !== null && method in input)

/** One, a list or a dictionary of them, lists again where `deep`. */
const someOf =
  (fits: (input: unknown) => boolean) =>
  (input: unknown): boolean =>
    fits(input) || (Array.isArray(input) && input.every(fits)) || (isRecord(input) && Object.values(input).every(fits))

const isMetric = isNameOr('sums')
const isMetricOrList = (input: unknown) => isMetric(input) || (Array.isArray(input) && input.every(isMetric))
const METRICS = 'a list of names or results of metrics.*(), or such lists by output'

export const compileSchema = {
  optimizer: opaque<string | Optimizer>(
    'how weights are improved',
    'a name or the result of optimizers.*()',
    isNameOr('addUpdates'),
  ).default('rmsprop'),
  loss: opaque<ByOutput<string | Loss>>(
    'what is to become small',
    'a name or the result of losses.*(), or such by output',
    someOf(isNameOr('measure')),
  ),
  lossWeights: opaque<readonly number[] | { readonly [output: string]: number }>(
    'how much the loss of each output counts',
    'a list of numbers or numbers by output',
    (input) => typeof input !== 'number' && someOf(Number.isFinite)(input),
  ).orNull(),
  metrics: opaque<Metrics>('what else is logged', METRICS, someOf(isMetricOrList)).default([]),
  weightedMetrics: opaque<Metrics>('what else is logged, with weights', METRICS, someOf(isMetricOrList)).default([]),
}

type MetricOrName = string | Metric
type Metrics = readonly MetricOrName[] | ByOutput<MetricOrName | readonly MetricOrName[]>

/** @throws SeparableError (`argument`) when something is unknown */
export function compileArgs(args: CompileArgs): Compiled {
  const options = resolve('compile', compileSchema, args)
  const optimizer = optimizerOf(options.optimizer)
  for (const loss of flat(options.loss)) lossOf(loss as string | Loss)
  for (const metric of [...flat(options.metrics), ...flat(options.weightedMetrics)]) logged(metric as MetricOrName)
  return { optimizer, heads: (outputs) => headsFor(options, outputNames(outputs)) }
}

function flat(input: unknown): unknown[] {
  const values = isRecord(input) && !('sums' in input) && !('measure' in input) ? Object.values(input) : [input]
  return values.flat(2)
}

/** @throws SeparableError (`argument`) for an unknown metric, and for one with the name under which the loss is logged */
function logged(metric: MetricOrName): Logged {
  const name = typeof metric === 'string' ? metric : metric.name
  if (name === 'loss') throw new SeparableError('argument', `compile: a metric's name is taken, ${received(name)}`)
  return { name, metric: metricOf(metric) }
}

/** Keras's way: a second `accuracy` is `accuracy_1`, one among weighted metrics `weighted_accuracy`. */
function newNames(): (name: string, other?: string) => string {
  const counts = new Map<string, number>()
  return (name, other = name) => {
    const free = counts.has(name) ? other : name
    const count = counts.get(free) ?? 0
    counts.set(free, count + 1)
    return count === 0 ? free : `${free}_${count}`
  }
}

function headsFor(options: Resolved<typeof compileSchema>, names: readonly string[]): Head[] {
  const losses = lossesFor(options.loss, names)
  if (losses.every((loss) => loss === null))
    throw new SeparableError('argument', `compile: loss must name at least one output, ${received(options.loss)}`)
  const weights = lossWeightsFor(options.lossWeights, names)
  const metrics = metricsFor('metrics', options.metrics, names)
  const weighted = metricsFor('weightedMetrics', options.weightedMetrics, names)
  const nameOf = newNames()
  return names.map((output, i) => {
    const prefix = names.length === 1 ? '' : `${output}_`
    const named = (each: Logged, weighted = '') => {
      const name = nameOf(`${prefix}${each.name}`, `${prefix}${weighted}${each.name}`)
      return { name, metric: each.metric }
    }
    return {
      output,
      loss: losses[i],
      lossName: names.length > 1 && losses[i] ? `${output}_loss` : null,
      lossWeight: weights[i],
      metrics: metrics[i].map((each) => named(each)),
      weightedMetrics: weighted[i].map((each) => named(each, 'weighted_')),
    }
  })
}

function lossesFor(loss: ByOutput<string | Loss>, names: readonly string[]): (Loss | null)[] {
  if (typeof loss === 'string' || 'measure' in loss) return names.map(() => lossOf(loss as string | Loss))
  if (Array.isArray(loss)) return demandOneEach('compile: loss', loss as (string | Loss)[], names).map(lossOf)
  const dictionary = loss as { readonly [output: string]: string | Loss }
  return pickByName('compile: loss', dictionary, names).map((each) => (each === undefined ? null : lossOf(each)))
}

function lossWeightsFor(weights: CompileArgs['lossWeights'] | null, names: readonly string[]): readonly number[] {
  if (!weights) return names.map(() => 1)
  if (Array.isArray(weights)) return demandOneEach<number>('compile: lossWeights', weights, names)
  return pickByName('compile: lossWeights', weights as { [output: string]: number }, names).map((each) => each ?? 1)
}

function metricsFor(argument: string, metrics: Metrics, names: readonly string[]): Logged[][] {
  const owner = `compile: ${argument}`
  const listed = (each: MetricOrName | readonly MetricOrName[] | undefined): Logged[] =>
    each === undefined ? [] : [each as MetricOrName].flat().map(logged)
  if (isMetric(metrics)) return metricsFor(argument, [metrics as MetricOrName], names)
  if (!Array.isArray(metrics))
    return pickByName(owner, metrics as { [output: string]: MetricOrName }, names).map(listed)
  if (metrics.length === 0) return names.map(() => [])
  if (names.length === 1) return [metrics.flatMap(listed)]
  return demandOneEach(owner, metrics as MetricOrName[], names).map(listed)
}
