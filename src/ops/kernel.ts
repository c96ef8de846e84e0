/**
 * @file The contracts between an op and the machines that run it: naive f64 references, and
 * WebAssembly kernels. Each op folder implements both beside its meaning.
 */
import { invariant } from '../base/errors.ts'
import type { Local } from '../codegen/expr.ts'
import type { FunctionBuilder, Isa, ModuleBuilder } from '../codegen/module.ts'
import { type Attrs, itemShape, type Node, type TensorType } from '../ir/node.ts'
import { type DType, type Shape, sizeOf } from '../tensor/ndarray.ts'

// ------------------------------------------------------------------------------ reference

export interface RefArray {
  readonly data: Float64Array
  readonly shape: Shape
}

/** Naive f64 loops over plain row-major arrays: the oracle. Shares no helper with the kernels. */
export type ReferenceKernel = (inputs: readonly RefArray[], attrs: Attrs, out: Shape) => Float64Array

// ------------------------------------------------------------------------------ storage

/**
 * How a value lies in memory: `rows` rows of `cols` elements, `pitch` elements apart. f32 and i32
 * rows are padded to whole vectors of four; padding holds anything and must never reach a real
 * element. u8 rows are not padded. For a batched value this describes one image; images follow
 * each other without gaps.
 */
export interface Storage {
  readonly rows: number
  readonly cols: number
  readonly pitch: number
  readonly dtype: DType
  readonly bytes: number
}

export function storageOf(type: TensorType): Storage {
  const shape = itemShape(type)
  const cols = shape.length ? (shape[shape.length - 1] as number) : 1
  const rows = sizeOf(shape.slice(0, -1))
  const pitch = type.dtype === 'u8' ? cols : Math.ceil(cols / 4) * 4
  return { rows, cols, pitch, dtype: type.dtype, bytes: rows * pitch * (type.dtype === 'u8' ? 1 : 4) }
}

// ------------------------------------------------------------------------------ wasm kernels

/** What emitters may know about the machine. */
export interface Machine {
  readonly isa: Isa
  /** Rows of the register tile of products: 4 or 6, whichever ran faster in the self-test. */
  readonly tileRows: 4 | 6
}

/** An elementwise op applied to each element before it is stored; `extras` index the call's extra operands. */
export interface EpilogueStep {
  readonly node: Node
  /** Which input of `node` is the value flowing through; the others are extras. */
  readonly through: number
  readonly extras: readonly number[]
}

/** One kernel of a plan: an op, with what was fused into it. */
export interface KernelCall {
  readonly node: Node
  /** Computes the operand `node.op.traits.readsTiles` tile by tile; its inputs replace that operand. */
  readonly source?: Node
  readonly epilogue: readonly EpilogueStep[]
  /** The extra operands of the epilogue. */
  readonly extras: readonly Node[]
  readonly machine: Machine
  /** One of the names that `variants` returned. */
  readonly variant: string
  /** The batch is one image, and its pieces are shared out among threads: `begin` and `end` count pieces. */
  readonly inPieces?: boolean
}

/** Where a kernel finds its operands. Pointers are byte addresses (i32). */
export interface KernelParams {
  /**
   * One pointer per operand of the call, in the order of `operandsOf`: batched ones point at image `begin`, one that the
   * op `crossesImages` of at image 0.
   */
  readonly inputs: readonly Local<'i32'>[]
  readonly extras: readonly Local<'i32'>[]
  readonly output: Local<'i32'>
  /** Private memory of this thread, `scratchBytes` long, 64-byte aligned, content undefined. */
  readonly scratch: Local<'i32'>
  /**
   * Batched or batch-reducing calls: image numbers within the whole batch; do `end - begin` images.
   * Other calls: units of work [begin, end) out of `units(call)`; pointers are to the whole operand. So do calls
   * `inPieces`, with pieces out of `pieces(call)`.
   */
  readonly begin: Local<'i32'>
  readonly end: Local<'i32'>
}

/** A constant operand brought into the form a kernel wants, once a step, e.g. weights as panels. */
export interface Preparation {
  /** Same key and same operand: prepared once, shared. Names the kernel in plans and profiles. */
  readonly key: string
  readonly bytes: number
  /** Independent pieces of work that threads may split. */
  readonly units: number
  /** A function (source, destination, begin unit, end unit). */
  emit(module: ModuleBuilder): FunctionBuilder
}

export interface WasmKernel {
  /** Names of the candidates for this call, best guess first; never empty. */
  variants(call: Omit<KernelCall, 'variant'>): readonly string[]
  /** Inputs (by index in `node.inputs`) that the kernel wants prepared. Only unbatched inputs. */
  prepare?(call: KernelCall): { readonly [input: number]: Preparation }
  scratchBytes?(call: KernelCall): number
  /** Images that one invocation should take, when it matters. */
  shardImages?(call: KernelCall): number | undefined
  /** Images that it would rather take together, if what they pass from call to call stays in the cache. */
  likedImages?(call: KernelCall): number | undefined
  /** For calls that are neither batched nor batch-reducing. */
  units?(call: KernelCall): number
  /** Into how many pieces one image can be cut; absent when only whole images can be computed. */
  pieces?(call: KernelCall): number
  /** Writes the body. Batch-reducing kernels add to their output; all others overwrite it wholly. */
  emit(f: FunctionBuilder, params: KernelParams, call: KernelCall): void
}

/** A kernel whose result can be computed for any range of rows: what `source` needs. */
export interface TileSource {
  /** Bytes from one row of the tile to the next. */
  pitch(node: Node): number
  /** Rows a tile should have so that it stays in the L1 cache; the last tile of an image may be shorter. */
  tileRows(node: Node): number
  /** Tiles begin at multiples of so many rows. */
  pieceRows(node: Node): number
  /** A function (input pointers of the image..., destination, first row, row count). */
  emit(module: ModuleBuilder, node: Node, machine: Machine): FunctionBuilder
}

/** The operands of a call, in the order of `KernelParams.inputs`. */
export function operandsOf(call: Pick<KernelCall, 'node' | 'source'>): Node[] {
  const { node, source } = call
  if (!source) return [...node.inputs]
  return node.inputs.flatMap((input, i) => (i === node.op.traits.readsTiles ? source.inputs : [input]))
}

/** The value that a call stores: the end of its epilogue. */
export function resultOf(call: Pick<KernelCall, 'node' | 'epilogue'>): Node {
  return call.epilogue.at(-1)?.node ?? call.node
}

/** Whether the node adds up images: an op with `reducesBatch` may get an operand without images. */
export function sumsImages(node: Node): boolean {
  return node.op.traits.reducesBatch === true && node.inputs.some((input) => input.batched)
}

/** Whether the call works on images (and is split by image) or on units of an unbatched value. */
export function worksOnImages({ node }: Pick<KernelCall, 'node'>): boolean {
  return node.batched || sumsImages(node)
}

/** The attribute as a number; attributes are checked when a node is built. */
export function num(attrs: Attrs, key: string): number {
  const value = attrs[key]
  invariant(typeof value === 'number', `attribute ${key} must be a number`)
  return value
}

/** The attribute as a list of numbers. */
export function nums(attrs: Attrs, key: string): readonly number[] {
  const value = attrs[key]
  invariant(Array.isArray(value), `attribute ${key} must be a list of numbers`)
  return value as readonly number[]
}
