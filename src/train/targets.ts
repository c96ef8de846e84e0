/** @file What outputs are compared with, and how much each example counts: checked against a model, as tables. */
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import type { Loss, TargetKind } from '../nn/losses/index.ts'
import { isNdArray } from '../tensor/as-array.ts'
import {
  type ArrayLikeInput,
  type NdArray,
  type NestedArray,
  type Shape,
  showShape,
  sizeOf,
  type TypedArray,
} from '../tensor/ndarray.ts'
import { demandOneEach, type Head, outputName, outputNames, pickByName } from './heads.ts'
import { demandProbabilities } from './misfits.ts'
import { type Column, expectArray, isOneArray, Table } from './table.ts'

/** One array for each output of a model, or arrays by the names of the outputs' layers; plain lists of numbers are arrays, too. */
export type Targets = NdArray | NestedArray | readonly ArrayLikeInput[] | { readonly [output: string]: ArrayLikeInput }

/** How much each example counts: [N] for all outputs, or arrays as for targets. */
export type SampleWeights = Targets

/** The weight of each class; others weigh 1. */
export type ClassWeights = { readonly [label: number]: number }

/** The name of the graph input that holds targets of an output; layer names cannot contain "/". */
export function targetName(index: number, kind: TargetKind): string {
  return `targets/${index}/${kind}`
}

/** The graph input that holds the weights of all outputs alike, or those of one. */
function weightsName(index?: number): string {
  return index === undefined ? 'weights' : `weights/${index}`
}

/** For each output: the column of the table that says how much its examples count, if there is one. */
export function weightColumns({ columns }: Table, outputs: number): (string | null)[] {
  const has = (name: string) => columns.some((column) => column.name === name)
  return Array.from({ length: outputs }, (_, i) => [weightsName(i), weightsName()].find(has) ?? null)
}

interface Examples {
  /** Who asks, for messages: `fit` */
  readonly owner: string
  readonly outputs: readonly SymbolicTensor[]
  readonly heads: readonly Head[]
  readonly count: number
}

/**
 * The targets that losses and metrics ask for, as a table.
 * @throws SeparableError naming what does not fit: lengths, shapes, labels that are not class numbers of the output
 */
export function targetTable({ owner, outputs, heads, count }: Examples, y: Targets): Table {
  const names = outputNames(outputs)
  const columns = arraysByOutput(`${owner}: y`, y, names).flatMap((given, i) => {
    const kinds = kindsOf(heads[i], outputs[i])
    if (kinds.length === 0) return []
    const array = itemsOf(owner, given, names.length > 1 ? `y of ${names[i]}` : 'y', count)
    const ignored = ignoredLabel(heads[i])
    const { loss } = heads[i]
    return kinds.map((kind) => {
      const column = columnOf(owner, kind, outputs[i], array, ignored)
      if (loss?.targets === kind) demandFit(owner, loss, outputs[i], array, column)
      return { ...column, name: targetName(i, kind) }
    })
  })
  return new Table(count, columns)
}

/** @throws SeparableError (`data`) when the loss can make nothing of these targets */
function demandFit(
  owner: string,
  loss: Loss,
  { shape }: SymbolicTensor,
  y: NdArray,
  { data }: Omit<Column, 'name'>,
): void {
  if (loss.targets === 'values') demandProbabilities(owner, loss, data as Float32Array)
  if (loss.targets !== 'labels' || y.data.length === data.length) return
  const units = shape.at(-1) as number
  for (let begin = 0; begin < y.data.length; begin += units) {
    const row = y.data.subarray(begin, begin + units)
    if (isOneHot(row)) continue
    throw new SeparableError(
      'data',
      `${owner}: ${loss.name} takes class numbers or one-hot rows, categoricalCrossentropy any rows, ${received([...row])}`,
    )
  }
}

function isOneHot(row: TypedArray): boolean {
  let ones = 0
  for (const value of row) {
    if (value !== 0 && value !== 1) return false
    ones += value
  }
  return ones === 1
}

function arraysByOutput(owner: string, y: Targets, names: readonly string[]): readonly unknown[] {
  if (isOneArray(y, names.length > 1)) return demandOneEach(owner, [y], names)
  if (Array.isArray(y)) return demandOneEach(owner, y as readonly unknown[], names)
  if (Object(y) === y && !ArrayBuffer.isView(y))
    return pickByName(owner, y as { readonly [output: string]: unknown }, names)
  return demandOneEach(owner, [y], names)
}

function kindsOf({ loss, metrics, weightedMetrics }: Head, { shape }: SymbolicTensor): TargetKind[] {
  const all = [...(loss ? [loss] : []), ...[...metrics, ...weightedMetrics].map(({ metric }) => metric)]
  return [
    ...new Set(all.map(({ targets }) => (typeof targets === 'string' ? targets : targets(shape.slice(1) as Shape)))),
  ]
}

function itemsOf(owner: string, value: unknown, what: string, count: number): NdArray {
  const array = expectArray(value, `${owner}: ${what}`)
  if (array.shape[0] !== count)
    throw new SeparableError(
      'shape',
      `${owner}: x and ${what} must have equally many examples, ${received([count, array.shape[0]])}`,
    )
  return array
}

/** The label that need be no class number: what the loss and all metrics that know of such a label ignore. */
function ignoredLabel({ loss, metrics, weightedMetrics }: Head): number | null {
  const configs = [...(loss ? [loss] : []), ...[...metrics, ...weightedMetrics].map(({ metric }) => metric)].map(
    ({ config }) => config as { readonly ignoreClass?: number | null },
  )
  const [ignored = null, ...others] = new Set(configs.flatMap(({ ignoreClass }) => ignoreClass ?? []))
  const all = configs.every(({ ignoreClass }) => ignoreClass !== null)
  return all && others.length === 0 ? ignored : null
}

function columnOf(
  owner: string,
  kind: TargetKind,
  output: SymbolicTensor,
  y: NdArray,
  ignored: number | null,
): Omit<Column, 'name'> {
  if (kind === 'labels') return labelColumn(owner, output, y, ignored)
  const values = valueColumn(owner, output, y)
  return kind === 'signs' ? { ...values, data: signs(values.data) } : values
}

function valueColumn(owner: string, output: SymbolicTensor, y: NdArray) {
  const itemSize = sizeOf(output.shape.slice(1) as number[])
  if (y.itemSize !== itemSize)
    throw new SeparableError(
      'shape',
      `${owner}: y must have the shape ${showShape(output.shape)} of ${outputName(output)}, ${received(y.shape)}`,
    )
  return { data: Float32Array.from(y.data), itemSize }
}

/** 0 and 1 become -1 and 1 where there is nothing else (Keras: `convert_binary_labels_to_hinge`). */
function signs(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return values.every((value) => value === 0 || value === 1) ? values.map((value) => 2 * value - 1) : values
}

/** Class numbers as they are, one for each row of the output; of rows of scores the position of the highest. */
function labelColumn(owner: string, output: SymbolicTensor, y: NdArray, ignored: number | null) {
  const rows = output.shape.slice(1, -1) as number[]
  const units = output.shape.at(-1) as number
  const itemSize = sizeOf(rows)
  if (units > 1 && y.itemSize === itemSize * units && y.shape.at(-1) === units)
    return { data: highest(y, units), itemSize }
  if (y.itemSize !== itemSize)
    throw new SeparableError('shape', `${owner}: y must be ${labelShapes(rows, units)}, ${received(y.shape)}`)
  const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < units
  const wrong = y.data.findIndex((label) => label !== ignored && !isClass(label))
  if (wrong >= 0)
    throw new SeparableError(
      'data',
      `${owner}: label ${wrong} of y must be a class number from 0 to ${units - 1}, as ${outputName(output)} has ${units} outputs${units === 1 ? ' (binaryCrossentropy is for one output)' : ''}, ${received(y.data[wrong])}`,
    )
  return { data: Int32Array.from(y.data), itemSize }
}

/** `class numbers [N] or [N, 1], or [N, 10]` */
function labelShapes(rows: readonly number[], units: number): string {
  const shape = (...last: number[]) => `[${['N', ...rows, ...last].join(', ')}]`
  return `class numbers ${shape()} or ${shape(1)}, or ${shape(units)}`
}

function highest({ data }: NdArray, units: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: data.length / units }, (_, row) => {
    const scores = data.subarray(row * units, (row + 1) * units)
    return scores.indexOf(Math.max(...scores))
  })
}

// ------------------------------------------------------------------------------ weights

/**
 * The weights of examples as a table; without columns when there are none.
 * @throws SeparableError naming what does not fit
 */
export function weightTable({ owner, outputs, count }: Examples, weights: SampleWeights | null): Table {
  if (!weights) return new Table(count, [])
  const column = (value: unknown, name: string): Column => {
    const array = itemsOf(owner, value, 'sampleWeight', count)
    if (array.itemSize !== 1)
      throw new SeparableError('shape', `${owner}: sampleWeight must be [N], ${received(array.shape)}`)
    return { name, data: Float32Array.from(array.data), itemSize: 1 }
  }
  const isForAll = isNdArray(weights) || (Array.isArray(weights) && typeof weights[0] === 'number')
  if (isForAll) return new Table(count, [column(weights, weightsName())])
  const arrays = arraysByOutput(`${owner}: sampleWeight`, weights, outputNames(outputs))
  const columns = arrays.flatMap((array, i) => (array === undefined ? [] : column(array, weightsName(i))))
  return new Table(count, columns)
}

/**
 * The weight of every example by its class (Keras: `class_weight_to_sample_weights`): targets are class numbers, or rows
 * whose highest element says the class.
 * @throws SeparableError (`argument`, `shape`) when the model has several outputs or the targets name no classes
 */
export function classWeightTable({ owner, outputs, count }: Examples, classes: ClassWeights, y: Targets): Table {
  const [given, ...others] = arraysByOutput(`${owner}: y`, y, outputNames(outputs))
  if (others.length > 0)
    throw new SeparableError('unsupported', `${owner}: classWeight knows one output, ${received(outputs.length)}`)
  const target = itemsOf(owner, given, 'y', count)
  const columns = target.itemSize
  if (target.shape.length > 2)
    throw new SeparableError('shape', `${owner}: classWeight wants y to be [N] or [N, K], ${received(target.shape)}`)
  const labels = columns === 1 ? target.data.map(Math.round) : highest(target, columns)
  const data = Float32Array.from(labels, (label) => (Object.hasOwn(classes, label) ? classes[label] : 1))
  return new Table(count, [{ name: weightsName(), data, itemSize: 1 }])
}
