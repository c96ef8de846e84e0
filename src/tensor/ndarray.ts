/** @file Plain values with a shape: what users pass in and get back. No arithmetic lives here. */
import { received, SeparableError } from '../base/errors.ts'

/** `f32` numbers, `u8` pictures, `i32` labels. */
export type DType = 'f32' | 'u8' | 'i32'

/** Sizes along each axis, outermost first; pictures are [N,H,W,C]. */
export type Shape = readonly number[]

/** The typed arrays behind each dtype. */
export type TypedArray = Float32Array | Uint8Array | Int32Array

/** Plain lists of numbers in lists, of any depth: rows of one length. */
export type NestedArray = readonly (number | NestedArray)[]

/** What a function takes for an array. */
export type ArrayLikeInput = NdArray | NestedArray

const TYPES = { f32: Float32Array, u8: Uint8Array, i32: Int32Array } as const

/** The kinds of typed arrays that values may lie in, by name. */
const DTYPES: { readonly [kind: string]: DType } = {
  Float32Array: 'f32',
  Uint8Array: 'u8',
  Uint8ClampedArray: 'u8',
  Int32Array: 'i32',
}

/** The number of elements of a shape; 1 for []. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** `[32, 32, 3]` */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map(String).join(', ')}]`
}

/**
 * A dense row-major array: a typed array and a shape. The data is not copied, and what is changed in it is changed in both.
 * `NdArray.from([[1, 2], [3, 4]])` makes one of plain lists.
 */
export class NdArray<T extends TypedArray = TypedArray> {
  readonly data: T
  readonly shape: Shape

  /**
   * @param data Float32Array, Uint8Array (Node's Buffer is one), Uint8ClampedArray or Int32Array
   * @throws SeparableError (`argument`) for any other data, (`shape`) when the shape does not hold exactly `data.length` elements
   */
  constructor(data: T, shape: Shape) {
    const values = ownKind(data)
    if (!Array.isArray(shape))
      throw new SeparableError('argument', `NdArray: the shape must be a list of sizes, ${received(shape)}`)
    if (sizeOf(shape) !== data.length || shape.some((n) => !Number.isInteger(n) || n < 0))
      throw new SeparableError(
        'shape',
        `NdArray: shape ${showShape(shape)} needs ${sizeOf(shape)} elements, ${received(data.length)} elements`,
      )
    this.data = values
    this.shape = shape
  }

  /**
   * An array of numbers in plain lists, `[[1, 2], [3, 4]]`, or of typed arrays of any kind. Default: f32, to which numbers are
   * rounded.
   * @throws SeparableError (`argument`) when an element is no number or does not fit the dtype, (`shape`) when rows differ in
   *   length
   */
  static from(values: NestedArray | ArrayBufferView, dtype: DType = 'f32'): NdArray {
    const shape = shapeOf(values)
    if (!Object.hasOwn(TYPES, dtype))
      throw new SeparableError('argument', `NdArray.from: dtype must be "f32", "u8" or "i32", ${received(dtype)}`)
    const data = new TYPES[dtype](sizeOf(shape))
    let at = 0
    const take = (value: unknown, axis: number): void => {
      if (axis < shape.length) {
        const { length } = Object(value) as ArrayLike<unknown>
        if (length !== shape[axis] || typeof value === 'string')
          throw new SeparableError(
            'shape',
            `NdArray.from: all rows must be equally long, ${shape[axis]} elements, ${received(value)}`,
          )
        for (let i = 0; i < length; i++) take((value as ArrayLike<unknown>)[i], axis + 1)
        return
      }
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number' || !fits(number, dtype))
        throw new SeparableError('argument', `NdArray.from: elements must be ${EXPECTED[dtype]}, ${received(value)}`)
      data[at++] = number
    }
    take(values, 0)
    return new NdArray(data, shape)
  }

  get dtype(): DType {
    return DTYPES[kindOf(this.data) as string]
  }

  /** Elements in one item of the first axis. */
  get itemSize(): number {
    return sizeOf(this.shape.slice(1))
  }

  /** A view on items [begin, end) of the first axis. Shapes: [N, ...] -> [end-begin, ...]. */
  slice(begin: number, end: number = this.shape[0] ?? 0): NdArray<T> {
    for (const at of [begin, end])
      if (typeof at !== 'number')
        throw new SeparableError('argument', `slice: begin and end must be numbers, ${received(at)}`)
    const size = this.itemSize
    return new NdArray(this.data.subarray(begin * size, end * size) as T, [end - begin, ...this.shape.slice(1)])
  }

  /** Nested plain arrays, for printing and tests. */
  toArray(): unknown {
    const nest = (axis: number, offset: number): unknown => {
      if (axis === this.shape.length) return this.data[offset]
      const stride = sizeOf(this.shape.slice(axis + 1))
      return Array.from({ length: this.shape[axis] as number }, (_, i) => nest(axis + 1, offset + i * stride))
    }
    return nest(0, 0)
  }
}

/** `Float32Array`, also of a value that another realm made. */
function kindOf(data: unknown): string | undefined {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype)
  return Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.get?.call(data)
}

/** The data as a typed array of exactly this kind: those derived from it (Buffer) slice otherwise. */
function ownKind<T extends TypedArray>(data: T): T {
  const kind = kindOf(data)
  if (kind === undefined || !Object.hasOwn(DTYPES, kind))
    throw new SeparableError(
      'argument',
      `NdArray: data must be a Float32Array, Uint8Array or Int32Array, as NdArray.from(data) makes of others, ${received(kind ?? data)}`,
    )
  const type = TYPES[DTYPES[kind]]
  if (data.constructor === type) return data
  return new type(data.buffer as ArrayBuffer, data.byteOffset, data.length) as unknown as T
}

const EXPECTED = {
  f32: 'numbers',
  u8: 'whole numbers from 0 to 255',
  i32: 'whole numbers of 32 bits',
}

function fits(value: number, dtype: DType): boolean {
  return dtype === 'f32' || (dtype === 'u8' ? value === (value & 255) : value === (value | 0))
}

/** The lengths of the first row of each depth. */
function shapeOf(values: unknown): Shape {
  const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || kindOf(value) !== undefined
  if (!isList(values)) throw new SeparableError('argument', `NdArray.from takes lists of numbers, ${received(values)}`)
  const shape: number[] = []
  for (let value: unknown = values; isList(value); value = value[0]) shape.push(value.length)
  return shape
}
