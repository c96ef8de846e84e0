/** @file Examples in memory, checked against a model and cut into batches. */
import type { Feed } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import { NdArray, showShape, type TypedArray } from '../tensor/ndarray.ts'

/** Inputs of a model: one array, one for each input, or arrays by the names of the input layers. */
export type Inputs = NdArray | readonly NdArray[] | { readonly [input: string]: NdArray }

/** One value of every example, under the name of a graph's input. */
export interface Column {
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

  constructor(table: Table, batchSize: number, order?: Uint32Array) {
    this.steps = Math.ceil(table.count / batchSize)
    this.#table = table
    this.#batchSize = batchSize
    this.#order = order
  }

  /** Batch number `step`. */
  feed(step: number): Feed {
    const begin = step * this.#batchSize
    const end = Math.min(begin + this.#batchSize, this.#table.count)
    const order = this.#order?.subarray(begin, end)
    const inputs = this.#table.columns.map(({ name, data, itemSize: size }): [string, Feed['inputs'][string]] => [
      name,
      order ? { data, size, order } : data.subarray(begin * size, end * size),
    ])
    return { count: end - begin, inputs: Object.fromEntries(inputs) }
  }
}

// ------------------------------------------------------------------------------ checks

/** @throws SeparableError (`argument`) when `value` is no NdArray with at least one item */
export function expectArray(value: unknown, what: string): asserts value is NdArray {
  if (!(value instanceof NdArray))
    throw new SeparableError('argument', `${what} must be an NdArray, ${received(value)}`)
  if (!value.shape[0]) throw new SeparableError('data', `${what} holds no examples, ${received(value.shape)}`)
}

/** The arrays in the order of the inputs. */
function inputArrays(owner: string, inputs: readonly SymbolicTensor[], x: Inputs): readonly NdArray[] {
  if (x instanceof NdArray || Array.isArray(x) || typeof x !== 'object' || x === null) {
    const arrays: unknown = x instanceof NdArray ? [x] : x
    if (Array.isArray(arrays) && arrays.length === inputs.length) return arrays
    throw new SeparableError('argument', `${owner}: x must be ${inputs.length} NdArray, ${received(x)}`)
  }
  const named = x as { readonly [input: string]: NdArray }
  const names = inputs.map(({ source }) => source.layer.name)
  if (names.every((name) => Object.hasOwn(named, name))) return names.map((name) => named[name])
  throw new SeparableError(
    'argument',
    `${owner}: x must hold an NdArray for each of the inputs ${names.join(', ')}, ${received(Object.keys(named))}`,
  )
}

/**
 * The inputs of a model as a table.
 * @param owner who asks, for messages: `fit`
 * @throws SeparableError (`shape`) when an item does not have the shape of the model's input, or lengths differ
 */
export function inputTable(owner: string, inputs: readonly SymbolicTensor[], x: Inputs): Table {
  const arrays = inputArrays(owner, inputs, x)
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
