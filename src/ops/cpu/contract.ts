/**
 * @file The contract between an op and the CPU backends: a kernel is written in the language of `codegen/`, for exactly the
 * shapes of a call.
 */
import type { Local } from '../../codegen/expr.ts'
import type { FunctionBuilder, Isa, ModuleBuilder } from '../../codegen/module.ts'
import type { Fused } from '../../ir/fused.ts'
import type { Node } from '../../ir/node.ts'

/** What emitters may know about the machine. */
export interface Machine {
  readonly isa: Isa
  /** Rows of the register tile of products: 4 or 6, whichever ran faster in the self-test. */
  readonly tileRows: 4 | 6
}

/** One kernel of a plan: an op, with what was fused into it. */
export interface KernelCall extends Fused {
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
export interface Packing {
  /** Same key and same operand: packed once, shared. Names the kernel in plans and profiles. */
  readonly key: string
  readonly bytes: number
  /** Independent pieces of work that threads may split. */
  readonly units: number
  /** A function (source, destination, begin unit, end unit). */
  emit(module: ModuleBuilder): FunctionBuilder
}

export interface CpuKernel {
  /** Names of the candidates for this call, best guess first; never empty. */
  variants(call: Omit<KernelCall, 'variant'>): readonly string[]
  /** Inputs (by index in `node.inputs`) that the kernel wants packed. Only unbatched inputs. */
  pack?(call: KernelCall): { readonly [input: number]: Packing }
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
