/** @file Examples in memory, checked against a model and cut into batches. */
import type { Feed } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import type { TargetKind } from '../nn/losses.ts'
import { NdArray, showShape, sizeOf, type TypedArray } from '../tensor/ndarray.ts'

/** Inputs of a model: one array, or one for each input. */
export type Inputs = NdArray | readonly NdArray[]

/** One value of every example, under the name of a graph's input. */
interface Column {
  readonly name: string
  readonly data: TypedArray
  readonly itemSize: number
}

/** Examples side by side: all columns have `count` items. */
export class Table {
  readonly count: number
  readonly columns: readonly Column[]

  constructor(count: number, columns: readonly Column[]) {
    this.count = count
    this.columns = columns
  }

  /** A view on items [begin, end). */
  slice(begin: number, end: number): Table {
    const columns = this.columns.map((column) => ({
      ...column,
      data: column.data.subarray(begin * column.itemSize, end * column.itemSize),
    }))
    return new Table(end - begin, columns)
  }

  /** Both tables' columns side by side. */
  beside(other: Table): Table {
    return new Table(this.count, [...this.columns, ...other.columns])
  }
}

/** A table in batches of `batchSize`, the last one shorter if need be; `order` numbers the items of one pass. */
export class Batches {
  readonly steps: number
  readonly #table: Table
  readonly #batchSize: number
  readonly #order: Uint32Array | undefined
  readonly #buffers: readonly TypedArray[]

  constructor(table: Table, batchSize: number, order?: Uint32Array) {
    this.steps = Math.ceil(table.count / batchSize)
    this.#table = table
    this.#batchSize = batchSize
    this.#order = order
    this.#buffers = order ? table.columns.map((column) => bufferFor(column, Math.min(batchSize, table.count))) : []
  }

  /** Batch number `step`. Valid until the next call: engines copy what they are fed at once. */
  feed(step: number): Feed {
    const begin = step * this.#batchSize
    const end = Math.min(begin + this.#batchSize, this.#table.count)
    const inputs = this.#table.columns.map((column, i): [string, TypedArray] => [
      column.name,
      this.#order
        ? gather(column, this.#order.subarray(begin, end), this.#buffers[i])
        : column.data.subarray(begin * column.itemSize, end * column.itemSize),
    ])
    return { count: end - begin, inputs: Object.fromEntries(inputs) }
  }
}

function bufferFor({ data, itemSize }: Column, items: number): TypedArray {
  return new (data.constructor as new (length: number) => TypedArray)(items * itemSize)
}

function gather({ data, itemSize }: Column, order: Uint32Array, into: TypedArray): TypedArray {
  order.forEach((item, k) => {
    into.set(data.subarray(item * itemSize, (item + 1) * itemSize), k * itemSize)
  })
  return into.subarray(0, order.length * itemSize)
}

// ------------------------------------------------------------------------------ checks

/** @throws SeparableError (`argument`) when `value` is no NdArray with at least one item */
function expectArray(value: unknown, what: string): asserts value is NdArray {
  if (!(value instanceof NdArray))
    throw new SeparableError('argument', `${what} must be an NdArray, ${received(value)}`)
  if (!value.shape[0]) throw new SeparableError('data', `${what} holds no examples, ${received(value.shape)}`)
}

/**
 * The inputs of a model as a table.
 * @param owner who asks, for messages: `fit`
 * @throws SeparableError (`shape`) when an item does not have the shape of the model's input, or lengths differ
 */
export function inputTable(owner: string, inputs: readonly SymbolicTensor[], x: Inputs): Table {
  const arrays = x instanceof NdArray ? [x] : x
  if (!Array.isArray(arrays) || arrays.length !== inputs.length)
    throw new SeparableError('argument', `${owner}: x must be ${inputs.length} NdArray, ${received(x)}`)
  const columns = inputs.map(({ shape, source }, i): Column => {
    const { name } = source.layer
    const array = arrays[i]
    expectArray(array, `${owner}: x`)
    if (showShape(array.shape.slice(1)) !== showShape(shape.slice(1)))
      throw new SeparableError('shape', `${owner}: ${name} takes ${showShape(shape)}, ${received(array.shape)}`)
    const data = array.dtype === 'i32' ? Float32Array.from(array.data) : array.data
    return { name, data, itemSize: array.itemSize }
  })
  const [count, ...others] = arrays.map(({ shape }) => shape[0])
  if (others.some((other) => other !== count))
    throw new SeparableError(
      'shape',
      `${owner}: all inputs need equally many examples, ${received([count, ...others])}`,
    )
  return new Table(count, columns)
}

/** The name of the graph input that holds targets; layer names cannot contain "/". */
export function targetName(kind: TargetKind): string {
  return `targets/${kind}`
}

/**
 * The targets that losses and metrics ask for, as a table.
 * @throws SeparableError naming what does not fit: lengths, shapes, labels that are not class numbers of the output
 */
export function targetTable(
  owner: string,
  output: SymbolicTensor,
  kinds: readonly TargetKind[],
  y: NdArray,
  count: number,
): Table {
  expectArray(y, `${owner}: y`)
  if (y.shape[0] !== count)
    throw new SeparableError(
      'shape',
      `${owner}: x and y must have equally many examples, ${received([count, y.shape[0]])}`,
    )
  const columns = kinds.map((kind) =>
    kind === 'labels' ? labelColumn(owner, output, y) : valueColumn(owner, output, y),
  )
  return new Table(count, columns)
}

function valueColumn(owner: string, output: SymbolicTensor, y: NdArray): Column {
  const itemSize = sizeOf(output.shape.slice(1) as number[])
  if (y.itemSize !== itemSize)
    throw new SeparableError(
      'shape',
      `${owner}: y must have the shape ${showShape(output.shape)} of ${output.source.layer.name}, ${received(y.shape)}`,
    )
  return { name: targetName('values'), data: Float32Array.from(y.data), itemSize }
}

/** Class numbers [N] or [N,1] as they are; of rows of scores the position of the highest. */
function labelColumn(owner: string, output: SymbolicTensor, y: NdArray): Column {
  const units = output.shape.at(-1) as number
  const layer = output.source.layer.name
  const name = targetName('labels')
  if (y.itemSize === units && units > 1) return { name, data: highest(y, units), itemSize: 1 }
  if (y.itemSize !== 1)
    throw new SeparableError(
      'shape',
      `${owner}: y must be class numbers [N] or [N, 1], or [N, ${units}], ${received(y.shape)}`,
    )
  const wrong = y.data.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= units)
  if (wrong >= 0)
    throw new SeparableError(
      'data',
      `${owner}: label ${wrong} of y must be a class number from 0 to ${units - 1}, as ${layer} has ${units} outputs, ${received(y.data[wrong])}`,
    )
  return { name, data: Int32Array.from(y.data), itemSize: 1 }
}

function highest({ data, shape }: NdArray, units: number): Int32Array {
  return Int32Array.from({ length: shape[0] }, (_, item) => {
    const row = data.subarray(item * units, (item + 1) * units)
    return row.indexOf(Math.max(...row))
  })
}
