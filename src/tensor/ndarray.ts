/** @file Plain values with a shape: what users pass in and get back. No arithmetic lives here. */
import { received, SeparableError } from '../base/errors.ts'

/** `f32` numbers, `u8` pictures, `i32` labels. */
export type DType = 'f32' | 'u8' | 'i32'

/** Sizes along each axis, outermost first; pictures are [N,H,W,C]. */
export type Shape = readonly number[]

/** The typed arrays behind each dtype. */
export type TypedArray = Float32Array | Uint8Array | Int32Array

const DTYPE_OF = new Map<unknown, DType>([
  [Float32Array, 'f32'],
  [Uint8Array, 'u8'],
  [Uint8ClampedArray, 'u8'],
  [Int32Array, 'i32'],
])

/** The number of elements of a shape; 1 for []. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** `[32, 32, 3]` */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map(String).join(', ')}]`
}

/** A dense row-major array. The data is not copied. */
export class NdArray<T extends TypedArray = TypedArray> {
  readonly data: T
  readonly shape: Shape

  /** @throws SeparableError (`shape`) when the shape does not hold exactly `data.length` elements. */
  constructor(data: T, shape: Shape) {
    if (sizeOf(shape) !== data.length || shape.some((n) => !Number.isInteger(n) || n < 0))
      throw new SeparableError(
        'shape',
        `NdArray: shape ${showShape(shape)} needs ${sizeOf(shape)} elements, ${received(data.length)} elements`,
      )
    this.data = data
    this.shape = shape
  }

  get dtype(): DType {
    const dtype = DTYPE_OF.get(this.data.constructor)
    if (!dtype)
      throw new SeparableError(
        'argument',
        `NdArray: data must be Float32Array, Uint8Array or Int32Array, ${received(this.data.constructor.name)}`,
      )
    return dtype
  }

  /** Elements in one item of the first axis. */
  get itemSize(): number {
    return sizeOf(this.shape.slice(1))
  }

  /** A view on items [begin, end) of the first axis. Shapes: [N, ...] -> [end-begin, ...]. */
  slice(begin: number, end: number = this.shape[0] ?? 0): NdArray<T> {
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
