/**
 * @file How a model was compiled, in Keras's configs: optimizer, losses and metrics. What is not known here leaves a model
 * that is not compiled, with a note; it never keeps one from being read.
 */
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import { type Loss, losses, lossOf } from '../nn/losses/index.ts'
import { type Metric, metricOf, metrics, SHORT_METRIC_NAMES } from '../nn/metrics/index.ts'
import { camelCase, snakeCase } from '../nn/names.ts'
import { type Optimizer, optimizers } from '../nn/optimizers/index.ts'
import type { Json, Schema } from '../nn/schema.ts'
import { argumentsFrom } from './arguments.ts'
import type { Notes } from './notes.ts'
import { kerasKey, kerasObject, toKeras, toOurs } from './spelling.ts'

/** One, a list in the order of the outputs, or a dictionary by their names; lists of lists for metrics. */
export type Several<T> = T | readonly Several<T>[] | { readonly [output: string]: Several<T> }

/** What a model is compiled with: the arguments of `compile`. */
export interface Training {
  readonly optimizer: Optimizer
  readonly loss: Several<string | Loss>
  readonly lossWeights?: readonly number[] | { readonly [output: string]: number } | undefined
  readonly metrics?: Several<string | Metric> | undefined
  readonly weightedMetrics?: Several<string | Metric> | undefined
}

/** @param config Keras 3's `compile_config` or Keras 2's `training_config`; undefined when nothing can be made of it */
export function compileFrom(config: JsonObject, notes: Notes): Training | undefined {
  try {
    const { loss, metrics, weighted_metrics: weighted, loss_weights: lossWeights } = config
    return {
      optimizer: optimizerFrom(config.optimizer ?? config.optimizer_config, notes),
      loss: severalFrom(loss, lossFrom),
      ...(lossWeights ? { lossWeights: severalFrom(lossWeights, numberFrom) as readonly number[] } : {}),
      metrics: metricsFrom(metrics, notes),
      weightedMetrics: metricsFrom(weighted, notes),
    }
  } catch (error) {
    if (!(error instanceof SeparableError) || error.code === 'internal') throw error
    notes.add(`the model is not compiled: ${error.message}`)
    return undefined
  }
}

function severalFrom<T>(value: JsonValue | undefined, one: (value: JsonValue) => T): Several<T> {
  if (Array.isArray(value)) return value.map((each) => severalFrom(each, one))
  if (!isObject(value) || typeof value.class_name === 'string') return one(value ?? null)
  return Object.fromEntries(Object.entries(value).map(([output, each]) => [output, severalFrom(each, one)]))
}

/** Keras 2 lists the metrics of its only output in a list of their own. What is not known is left out. */
function metricsFrom(value: JsonValue | undefined, notes: Notes): Several<string | Metric> {
  if (!value) return []
  const known = severalFrom(value, (each) => {
    try {
      return metricFrom(each)
    } catch (error) {
      if (!(error instanceof SeparableError) || error.code === 'internal') throw error
      notes.add(`a metric was left out: ${error.message}`)
      return undefined
    }
  })
  const kept = withoutGaps(known) as Several<string | Metric>
  return Array.isArray(kept) && kept.length === 1 && Array.isArray(kept[0]) ? kept[0] : kept
}

function withoutGaps<T>(value: Several<T | undefined>): Several<T | undefined> {
  return Array.isArray(value) ? value.filter((each) => each !== undefined).map(withoutGaps) : value
}

const plain = (text: string) => text.replaceAll('_', '').toLowerCase()

/** The name of a factory, however a class or function is spelled: `SparseCategoricalCrossentropy`, `mean_squared_error`. */
function factoryName(factories: object, name: string): string | undefined {
  return Object.keys(factories).find((key) => plain(key) === plain(name))
}

/** Where none was named, Keras takes its usual one. */
const USUAL_OPTIMIZER = 'rmsprop'

/** Keras 2.12 to 3.1 wrote the name alone where the user had given no more. */
function optimizerFrom(value: JsonValue | undefined, notes: Notes): Optimizer {
  const named = value ?? USUAL_OPTIMIZER
  const { className: registered, config } =
    typeof named === 'string' ? { className: named, config: {} } : objectIn(named, 'optimizer')
  const inner = innerOptimizer(named)
  if (inner) return optimizerFrom(inner, notes)
  // Some versions of Keras 2 wrote their own as `Custom>Adam`.
  const className = registered.replace(/^Custom>/, '')
  const key = factoryName(optimizers, className)
  if (key === undefined) throw unknown('optimizer', className)
  const make = optimizers[key as keyof typeof optimizers] as (args?: object) => Optimizer
  const { schema } = make().constructor as unknown as { readonly schema: Schema }
  const args = className === 'Nadam' ? config : withoutDecay(config)
  return make(argumentsFrom(schema, args, `optimizer (${className})`, notes))
}

/** In mixed precision Keras puts another one around an optimizer, which scales the loss and has no use in f32. */
function innerOptimizer(value: JsonValue): JsonValue | undefined {
  if (!isObject(value) || !isObject(value.config)) return undefined
  return /^LossScaleOptimizer(V3)?$/.test(`${value.class_name}`) ? value.config.inner_optimizer : undefined
}

/** The optimizers of Keras 2 took a decay: that of an inverse-time schedule. Nadam's is another one, of its momentum. */
function withoutDecay(config: JsonObject): JsonObject {
  const { decay, lr, learning_rate: rate = lr, ...others } = config
  if (typeof decay !== 'number' || decay === 0 || typeof rate !== 'number') return config
  const schedule = { initial_learning_rate: rate, decay_steps: 1, decay_rate: decay }
  return { ...others, learning_rate: { class_name: 'InverseTimeDecay', config: schedule } }
}

/** Names of Keras 2 for what has another one now. */
const OLDER_NAMES: ReadonlyMap<string, string> = new Map([
  ['cosine_proximity', 'cosine_similarity'],
  ['huber_loss', 'huber'],
  ['kullback_leibler_divergence', 'kl_divergence'],
  ['logcosh', 'log_cosh'],
])

/** A name that Keras takes for that of a function or of a class, `BinaryCrossentropy`, as one of ours. */
function spelled(factories: object, given: string): string {
  const name = OLDER_NAMES.get(given) ?? given
  return /^[A-Z]/.test(name) ? (factoryName(factories, name) ?? name.toLowerCase()) : name
}

/** Names of means over the batch. */
const REDUCTIONS: readonly JsonValue[] = [null, 'auto', 'sum_over_batch_size', 'mean', 'mean_with_sample_weight']

function lossFrom(value: JsonValue): string | Loss {
  const given = functionName(value)
  if (given !== undefined) {
    const name = spelled(losses, given)
    if (OTHER_LOSSES.has(lossOf(name).name)) throw unknown('loss over whole batches', name)
    return name
  }
  const { className, config } = objectIn(value, 'loss')
  const key = factoryName(losses, className)
  if (key === undefined) throw unknown('loss', className)
  if (!REDUCTIONS.includes(config.reduction ?? null))
    throw new SeparableError(
      'unsupported',
      `the reduction of ${className} must be a mean, ${received(config.reduction)}`,
    )
  return make<Loss>(losses[key as keyof typeof losses], { ...config, name: null })
}

function metricFrom(value: JsonValue): string | Metric {
  const name = functionName(value)
  if (name !== undefined) return knownMetric(spelled(metrics, name))
  const { className, config } = objectIn(value, 'metric')
  const key = factoryName(metrics, className)
  if (key !== undefined)
    return make<Metric>(metrics[key as keyof typeof metrics], { ...config, name: ownName(className, config.name) })
  return knownMetric(wrappedName(config) ?? className)
}

/**
 * Keras 2 wraps functions: the name is what the user had written, `acc`, behind that of the output where there are several,
 * `label_acc`, or one of the user's own.
 */
function wrappedName({ name, fn }: JsonObject): string | undefined {
  const parts = typeof name === 'string' ? name.split('_') : []
  const candidates = parts.map((_, i) => spelled(metrics, parts.slice(i).join('_')))
  const own = typeof fn === 'string' ? spelled(metrics, fn) : undefined
  const short = candidates.slice(1).filter((candidate) => candidate === own || !candidate.includes('_'))
  return [candidates[0], ...short, own].find(isMetric) ?? candidates[0]
}

function isMetric(name: string | undefined): boolean {
  return name !== undefined && (Object.hasOwn(metrics, camelCase(name)) || Object.hasOwn(SHORT_METRIC_NAMES, name))
}

/** A name that a user gave; null for that of the class, which Keras counts up: `precision_1`. */
function ownName(className: string, name: JsonValue | undefined): string | null {
  if (typeof name !== 'string') return null
  const isUsual = plain(name.replace(/_\d+$/, '')) === plain(className.replace('LogCoshError', 'logcosh'))
  return isUsual ? null : name
}

function knownMetric(name: string): string {
  metricOf(name)
  return name
}

function numberFrom(value: JsonValue): number {
  if (typeof value === 'number') return value
  throw new SeparableError('unsupported', `loss_weights must be numbers, ${received(value)}`)
}

/** Keras lets counting metrics have several thresholds, and so names even one of them in the plural. */
const THRESHOLDS = 'thresholds'
const COUNTING = /^(precision|recall|(true|false)_(positives|negatives))$/

/** Keys of losses and metrics that say nothing new. */
const WITHOUT_EFFECT = new Set(['fn', 'dtype', 'axis', 'reduction'])

function make<Made>(factory: unknown, config: JsonObject): Made {
  const entries = Object.entries(config).filter(([key, value]) => value !== null && !WITHOUT_EFFECT.has(key))
  const args = entries.map(([key, value]): [string, Json] =>
    key === THRESHOLDS ? ['threshold', [toOurs(value)].flat()[0]] : [camelCase(key), toOurs(value)],
  )
  const call = factory as (args: object) => Made
  try {
    return call(Object.fromEntries(args))
  } catch (error) {
    // What is off can be left out, known or not.
    const set = args.filter(([, value]) => value !== false && value !== 0)
    if (set.length === args.length) throw error
    return call(Object.fromEntries(set))
  }
}

function functionName(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value
  const isFunction = isObject(value) && value.class_name === 'function'
  return isFunction && typeof value.config === 'string' ? value.config : undefined
}

function objectIn(value: JsonValue | undefined, what: string) {
  if (isObject(value) && typeof value.class_name === 'string')
    return { className: value.class_name, config: isObject(value.config) ? value.config : {} }
  throw new SeparableError('unsupported', `${what}: a name or an object with class_name is wanted, ${received(value)}`)
}

function unknown(kind: string, name: string): SeparableError {
  return new SeparableError('unsupported', `this ${kind} is not known, ${received(name)}`)
}

// ------------------------------------------------------------------------------ writing

/** Keras 3's `compile_config`; undefined when a loss or a metric is none that files could name. */
export function compileToKeras(training: Training): JsonObject | undefined {
  const { optimizer, loss, lossWeights = null, metrics: logged = [], weightedMetrics: weighted = [] } = training
  try {
    return {
      optimizer: optimizerToKeras(optimizer),
      loss: severalToKeras(loss, (each) => criterionToKeras(each, losses, 'keras.losses')),
      loss_weights: lossWeights as JsonValue,
      metrics: severalToKeras(logged, (each) => criterionToKeras(each, metrics, 'keras.metrics')),
      weighted_metrics: severalToKeras(weighted, (each) => criterionToKeras(each, metrics, 'keras.metrics')),
      run_eagerly: false,
      steps_per_execution: 1,
      jit_compile: 'auto',
    }
  } catch (error) {
    if (error instanceof Unnameable) return undefined
    throw error
  }
}

/** A loss or a metric of a user's own. */
class Unnameable extends Error {}

function severalToKeras<T extends string | Loss | Metric>(value: Several<T>, one: (value: T) => JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((each) => severalToKeras(each, one))
  if (typeof value === 'string' || 'config' in (value as object)) return one(value as T)
  const entries = Object.entries(value as { readonly [output: string]: Several<T> })
  return Object.fromEntries(entries.map(([output, each]) => [output, severalToKeras(each, one)]))
}

/** A name when all is as usual, else an object. */
function criterionToKeras(criterion: string | Loss | Metric, known: object, module: string): JsonValue {
  const key = factoryName(known, kindOf(criterion))
  const isOther = (known === metrics ? OTHER_METRICS : OTHER_LOSSES).has(key ?? '')
  if (typeof criterion === 'string')
    return isOther
      ? criterionToKeras(known === metrics ? metricOf(criterion) : lossOf(criterion), known, module)
      : kerasKey(criterion)
  if (key === undefined) throw new Unnameable()
  const className = classNameOf(key, known)
  const name = className === 'LogCoshError' ? 'log_cosh' : snakeCase(className)
  if (!isOther && JSON.stringify(criterion.config) === usualConfig(known, key)) return name
  const given = Object.entries(criterion.config).filter(([, value]) => value !== null)
  const config = Object.entries(toKeras(Object.fromEntries(given) as { readonly [name: string]: Json }))
  const renamed = config.map(([arg, value]) => [arg === 'threshold' && COUNTING.test(name) ? THRESHOLDS : arg, value])
  return kerasObject(module, className, { name, ...Object.fromEntries(renamed) })
}

function kindOf(criterion: string | Loss | Metric): string {
  if (typeof criterion === 'string') return criterion
  return 'sums' in criterion ? (criterion.kind ?? '') : criterion.name
}

/** Metrics whose names alone Keras does not know (`log_cosh`), or takes for one with other arguments. */
const OTHER_METRICS = new Set(['logCosh', 'f1Score', 'fbetaScore'])
/** Losses that Keras takes for those of a whole batch when it knows no more than their names. */
const OTHER_LOSSES = new Set(['dice', 'tversky'])

function classNameOf(name: string, known: object): string {
  if (name === 'logCosh' && known === metrics) return 'LogCoshError'
  return ODD_CLASSES[name] ?? `${name[0].toUpperCase()}${name.slice(1)}`
}

/** Keras's classes that are not our names with a capital letter. */
const ODD_CLASSES: { readonly [name: string]: string } = {
  auc: 'AUC',
  fbetaScore: 'FBetaScore',
  iou: 'IoU',
  klDivergence: 'KLDivergence',
}

/** The config of a loss or metric that is called without arguments; undefined when it needs some. */
function usualConfig(known: object, key: string): string | undefined {
  try {
    return JSON.stringify(make<Loss | Metric>((known as { readonly [name: string]: unknown })[key], {}).config)
  } catch (error) {
    if (error instanceof SeparableError) return undefined
    throw error
  }
}

/** The name by which Keras knows an optimizer's variables: `adam`. */
export function optimizerName({ className }: Optimizer): string {
  return className === 'SGD' ? className : className.toLowerCase()
}

function optimizerToKeras(optimizer: Optimizer): JsonObject {
  const config = { name: optimizerName(optimizer), ...toKeras(optimizer.getConfig()) }
  return kerasObject('keras.optimizers', optimizer.className, config)
}
