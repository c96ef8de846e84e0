/** @file Examples in memory, checked against a model and cut into batches. */
import type { Feed } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import type { SymbolicTensor } from '../nn/layer.ts'
import { asArray, isNdArray, isNested } from '../tensor/as-array.ts'
import { type ArrayLikeInput, NdArray, type NestedArray, showShape, type TypedArray } from '../tensor/ndarray.ts'

/**
 * Inputs of a model: one array [N, ...], one for each input, or arrays by the names of the input layers. Plain lists of
 * numbers are arrays, too, and an array without its first axis is one example.
 */
export type Inputs = NdArray | NestedArray | readonly ArrayLikeInput[] | { readonly [input: string]: ArrayLikeInput }

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

/** The array, of at least one item. @throws SeparableError (`argument`, `data`) when it is none */
export function expectArray(value: unknown, what: string): NdArray {
  const array = asArray(value, what)
  if (array.shape[0] === 0) throw new SeparableError('data', `${what} holds no examples, ${received(array.shape)}`)
  return array
}

/** Whether a list is one array, and not one for each of several. */
export function isOneArray(value: unknown, several: boolean): boolean {
  return isNdArray(value) || (!several && isNested(value))
}

/** The arrays in the order of the inputs. */
function inputArrays(owner: string, inputs: readonly SymbolicTensor[], x: Inputs): readonly unknown[] {
  if (isOneArray(x, inputs.length > 1) || Array.isArray(x) || ArrayBuffer.isView(x) || Object(x) !== x) {
    const arrays = Array.isArray(x) && !isOneArray(x, inputs.length > 1) ? x : [x]
    if (arrays.length === inputs.length) return arrays
    throw new SeparableError('argument', `${owner}: x must be ${inputs.length} arrays, ${received(x)}`)
  }
  const named = x as { readonly [input: string]: ArrayLikeInput }
  const names = inputs.map(({ source }) => source.layer.name)
  if (names.every((name) => Object.hasOwn(named, name))) return names.map((name) => named[name])
  throw new SeparableError(
    'argument',
    `${owner}: x must hold an array for each of the inputs ${names.join(', ')}, ${received(Object.keys(named))}`,
  )
}

/**
 * The inputs of a model as a table.
 * @param owner who asks, for messages: `fit`
 * @throws SeparableError (`shape`) when an item does not have the shape of the model's input, or lengths differ
 */
export function inputTable(owner: string, inputs: readonly SymbolicTensor[], x: Inputs): Table {
  const arrays = inputArrays(owner, inputs, x).map((array, i) => examplesOf(owner, inputs[i], array))
  const columns = inputs.map(({ source }, i): Column => {
    const { name } = source.layer
    const array = arrays[i]
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

/** The array for an input, [N, ...]. */
function examplesOf(owner: string, { shape, source }: SymbolicTensor, value: unknown): NdArray {
  const array = expectArray(value, `${owner}: x`)
  const item = showShape(shape.slice(1))
  if (showShape(array.shape.slice(1)) === item) return array
  if (showShape(array.shape) === item) return new NdArray(array.data, [1, ...array.shape])
  const isPicture = shape.length === 4 && array.shape.length >= 3
  const cure = isPicture ? ` (loadImage and imageFolder take imageSize: [${shape[1]}, ${shape[2]}])` : ''
  throw new SeparableError(
    'shape',
    `${owner}: ${source.layer.name} takes ${showShape(shape)}${cure}, ${received(array.shape)}`,
  )
}
