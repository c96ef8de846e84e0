/** @file Examples as users pass them, checked against a model and divided into those to learn from and those to validate with. */
import { received, SeparableError } from '../base/errors.ts'
import type { Network } from '../nn/network.ts'
import type { Compiled } from './compile.ts'
import { type Inputs, inputTable, Table } from './table.ts'
import {
  type ClassWeights,
  classWeightTable,
  type SampleWeights,
  type Targets,
  targetTable,
  weightTable,
} from './targets.ts'

/** What examples are checked against. */
export interface Against {
  /** Who asks, for messages: `fit` */
  readonly owner: string
  readonly network: Network
  readonly compiled: Compiled
}

interface Weights {
  readonly sampleWeight?: SampleWeights | null | undefined
  readonly classWeight?: ClassWeights | null | undefined
}

/**
 * Inputs, targets and weights of examples side by side.
 * @throws SeparableError naming what does not fit
 */
export function examplesTable(against: Against, x: Inputs, y: Targets, weights: Weights = {}): Table {
  const { owner, network, compiled } = against
  const { outputs } = network
  const { sampleWeight, classWeight } = weights
  const table = inputTable(owner, network.inputs, x)
  const examples = { owner, outputs, heads: compiled.heads(outputs), count: table.count }
  const whole = table.beside(targetTable(examples, y))
  if (!classWeight) return whole.beside(weightTable(examples, sampleWeight ?? null))
  if (sampleWeight)
    throw new SeparableError('argument', `${owner}: take either classWeight or sampleWeight, received: both`)
  return whole.beside(classWeightTable(examples, classWeight, y))
}

interface Division {
  readonly train: Table
  readonly validation: Table
}

/**
 * Keras: the last examples are kept for validation, before any shuffling. Classes weigh in training only.
 * @throws SeparableError (`argument`) when one side would be empty
 */
export function splitExamples(against: Against, x: Inputs, y: Targets, share: number, weights: Weights): Division {
  const table = examplesTable(against, x, y, weights)
  const { count } = table
  const at = Math.floor(count * (1 - share))
  if (at === 0 || at === count)
    throw new SeparableError(
      'argument',
      `${against.owner}: validationSplit of ${count} examples leaves one side empty, ${received(share)}`,
    )
  const kept = weights.classWeight
    ? new Table(
        count,
        table.columns.filter(({ name }) => !name.startsWith('weights')),
      )
    : table
  return { train: table.slice(0, at), validation: kept.slice(at, count) }
}
