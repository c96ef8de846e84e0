/** @file The arguments of `fit`, `evaluate`, `predict` and `memory`. */
import { bool, field, int, number, oneOf, opaque } from '../nn/schema.ts'
import type { Callback } from './callbacks/index.ts'
import type { Dataset, DatasetBatch } from './source.ts'
import type { ClassWeights, SampleWeights } from './targets.ts'

type Verbosity = 'auto' | 0 | 1 | 2

/** Beyond what any memory holds or any run lasts: a slip. */
const MANY = 1_000_000_000

const batchSize = int('examples in a batch; the last one may be shorter', { min: 1, max: MANY }).default(32)
const verbose = field<Verbosity>({
  doc: '0 is silent, 1 a progress bar, 2 a line each epoch; "auto" is 1 where a line can be redrawn, otherwise 2',
  expects: '"auto", 0, 1 or 2',
  parse: (input) => ((['auto', 0, 1, 2] as unknown[]).includes(input) ? (input as Verbosity) : undefined),
}).default('auto')

const signalOf = (doc: string) =>
  opaque<AbortSignal>(doc, 'an AbortSignal', (input) => input instanceof AbortSignal).orNull()

const rejecting = signalOf('ends the work after the present batch when it aborts: rejects with its reason')

export const predictSchema = { batchSize, signal: rejecting }

export const memorySchema = {
  batchSize,
  examples: int('examples that are kept in memory; null takes one batch', { min: 1, max: MANY }).orNull(),
  dtype: oneOf('of the examples: bytes or f32 numbers', 'u8', 'f32').default('u8'),
}

const sampleWeight = opaque<SampleWeights>(
  'how much each example counts',
  'an NdArray [N], or such by output',
  (input) => typeof input === 'object',
).orNull()

export const evaluateSchema = {
  batchSize,
  verbose,
  sampleWeight,
  returnDict: bool('whether values come by name instead of in a list').default(false),
  signal: rejecting,
}

const steps = (doc: string) => int(doc, { min: 1, max: MANY }).orNull()

const validationFreq = field<number | readonly number[]>({
  doc: 'epochs from one validation to the next, or the epochs, counting from 1, after which there is one',
  expects: 'an integer >= 1 or a list of such',
  parse(input) {
    const isEpoch = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1
    return isEpoch(input) || (Array.isArray(input) && input.every(isEpoch)) ? (input as number) : undefined
  },
})

function isDataset(input: unknown): boolean {
  if (typeof input === 'function') return true
  return typeof input === 'object' && input !== null && (Symbol.iterator in input || Symbol.asyncIterator in input)
}

const isPair = (input: unknown) => Array.isArray(input) && (input.length === 2 || input.length === 3)

/** Of `fit` and `fitDataset`. */
export const fitDatasetSchema = {
  epochs: int('passes over the data; with initialEpoch: the number of the last one', { min: 1, max: MANY }).default(1),
  verbose,
  callbacks: opaque<readonly Callback[]>('called as training goes on', 'a list of callbacks', Array.isArray).default(
    [],
  ),
  validationData: opaque<DatasetBatch | Dataset>(
    'examples to evaluate after an epoch',
    'a pair [x, y] or [x, y, sampleWeight], or a dataset that is no array',
    (input) => (Array.isArray(input) ? isPair(input) : isDataset(input)),
  ).orNull(),
  validationBatchSize: steps('examples in a batch of the validation; null takes batchSize'),
  validationSteps: steps('batches after which a validation ends; null takes all'),
  validationFreq: validationFreq.default(1),
  stepsPerEpoch: steps('batches of an epoch; null takes all of a pass'),
  classWeight: opaque<ClassWeights>(
    'how much the examples of each class count',
    'an object of numbers by class number',
    (input) => typeof input === 'object' && input !== null && Object.values(input).every(Number.isFinite),
  ).orNull(),
  initialEpoch: int('the epoch to begin with, counting from 0', { min: 0, max: MANY }).default(0),
  signal: signalOf('ends training after the present step when it aborts, and at once where a dataset is waited for'),
}

export const fitSchema = {
  batchSize,
  validationSplit: number('share of the examples, the last ones, that is kept for validation', {
    min: 0,
    below: 1,
  }).default(0),
  sampleWeight,
  shuffle: bool('whether the examples are put into a new order in every epoch').default(true),
  seed: int('decides the order of the examples; null takes that of setRandomSeed', { min: 0 }).orNull(),
  ...fitDatasetSchema,
}

export const testOnBatchSchema = { sampleWeight }

export const trainOnBatchSchema = { sampleWeight, classWeight: fitDatasetSchema.classWeight }

export const evaluateDatasetSchema = {
  verbose,
  steps: steps('batches after which the evaluation ends; null takes all'),
  returnDict: evaluateSchema.returnDict,
  signal: rejecting,
}
