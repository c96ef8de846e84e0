/**
 * @file What the layers above see of an engine: named parameters that live in its memory, and
 * graphs compiled to executables over them. Backends implement this interface.
 */
import type { Graph } from '../ir/graph.ts'
import type { MemoryPart, PlanMemoryKind } from '../passes/cpu/footprint.ts'
import type { Shape, TypedArray } from '../tensor/ndarray.ts'

export type BackendName = 'wasm' | 'reference'

export interface Engine {
  readonly backend: BackendName
  readonly threads: number
  /** One line for each thing that runs slower than asked, e.g. "no shared memory: one thread"; complete when it is ready. */
  readonly notes: readonly string[]
  /** Resolves when its threads have started, or will not. Nothing needs to wait for that. */
  ready(): Promise<void>
  /** Makes room for a parameter, zero-filled, in the shape of its graph leaf. Nothing happens when it exists. */
  declare(name: string, shape: Shape): void
  /** A copy of the parameter's elements, row-major, without padding. */
  read(name: string): Float32Array<ArrayBuffer>
  /** @throws SeparableError (`shape`) when the length does not fit. */
  write(name: string, values: ArrayLike<number>): void
  /** Makes all elements of the parameter 0. */
  clear(name: string): void
  /** Compiles a graph whose batched values hold up to `batch` images. */
  compile(graph: Graph, batch: number): Promise<Executable>
  /** GFLOP/s that this engine's threads can reach at most, measured; absent where that means nothing. */
  measurePeak?(): Promise<number>
  /** Ends the workers and frees the memory. */
  close(): Promise<void>
}

export interface Executable {
  /** The plan as text: kernels, shapes, offsets, multiply-accumulates, bytes. */
  describe(): string
  /** What memory it takes beside the parameters, known before anything runs; absent where nothing is laid out. */
  footprint?(): MemoryPart<GraphMemoryKind>[]
  /**
   * Runs the graph once on `count` images (at most the batch it was compiled for), then applies its
   * updates. A second call may be made before the first is done: its inputs are copied at once and
   * it runs when the first has ended.
   *
   * When the graph's guard is not finite, nothing is updated, neither by this run nor by those that
   * were asked for before its result was known.
   */
  run(feed: Feed): Promise<Results>
  /** Runs once on one thread, kernel by kernel, and updates nothing; absent where there are no kernels. */
  profile?(feed: Feed): Promise<KernelTime[]>
}

/**
 * - `inputs`: the batch being computed, the one that waits, and words of control
 * - `code`: the kernels, compiled twice: quickly, and then well
 */
export type GraphMemoryKind = PlanMemoryKind | 'inputs' | 'code'

/** What one kernel of a compiled graph took for the whole batch. */
export interface KernelTime {
  readonly kernel: string
  /** Path of the layer that it belongs to. */
  readonly layer: string
  /** Kernels of a later phase wait for all of an earlier one. */
  readonly phase: number
  /** Milliseconds on one thread. */
  readonly ms: number
  /** Counting the multiply-accumulates that it stands for; NaN without any. */
  readonly gflops: number
}

export interface Feed {
  readonly count: number
  /**
   * Batched inputs by name: `count` items each, row-major, without padding; or which items of a longer array. Arrays are
   * copied at once, but items of an array in shared memory are read by the threads that compute, when the run begins.
   */
  readonly inputs: { readonly [name: string]: TypedArray | Items }
  readonly scalars?: { readonly [name: string]: number }
}

/** Some items of an array, `size` elements each. */
export interface Items {
  readonly data: TypedArray
  readonly size: number
  readonly order: Uint32Array
}

/** What is fed, in one array of its own. */
export function toArray(fed: TypedArray | Items): TypedArray {
  if (!('order' in fed)) return fed.slice()
  const { data, size, order } = fed
  const array = new (data.constructor as new (length: number) => TypedArray)(order.length * size)
  order.forEach((item, k) => {
    array.set(data.subarray(item * size, (item + 1) * size), k * size)
  })
  return array
}

/** The graph's outputs by name, without padding; batched ones hold `count` items. */
export type Results = { readonly [name: string]: Float32Array<ArrayBuffer> }
