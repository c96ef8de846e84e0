/**
 * @file Where a product finds the rows of its left operand: in memory, or computed into scratch a tile at a time, while
 * the rest of the kernel finds them in the cache. The product is the same for all sources.
 */
import { type I32, type IntLike, i32, type Local, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../codegen/module.ts'
import type { Node } from '../../../ir/node.ts'
import type { Machine, TileSource } from '../contract.ts'
import { storageOf } from '../storage.ts'

export interface RowSource {
  /** Bytes from one row to the next. */
  readonly pitch: number
  /** Rows of a tile. */
  readonly tile: number
  /** Tiles may begin at every multiple of so many rows. */
  readonly piece: number
  /** Whether rows of consecutive images follow each other, so that a tile may hold rows of several. */
  readonly acrossImages: boolean
  /** Writes a function (input pointers..., destination, first row, row count); absent when the rows lie in memory. */
  readonly emit?: (module: ModuleBuilder) => FunctionBuilder
}

/**
 * Rows of a tile, so that it fills half of a small L1 cache, yet enough of them to use each panel, which is in L2,
 * often.
 */
export function tileRowsFor(cols: number): number {
  return Math.max(24, Math.min(64, Math.floor(4096 / cols)))
}

/**
 * The same in whole register tiles, whether those have 4 or 6 rows: the tiles of a filter gradient are its partial
 * sums, and no bit may depend on which register tile a clock has chosen.
 */
export function wholeTilesFor(cols: number): number {
  return Math.floor(tileRowsFor(cols) / 12) * 12
}

/** A pitch for rows of scratch: whole vectors, and one cache line that keeps rows out of the same cache set. */
export function scratchPitch(cols: number): number {
  return Math.ceil(cols / 4) * 16 + 64
}

/** A register tile of 4 rows, or of 6. */
const SMALL_PIECE = 12

/** Rows that lie in memory. */
export function storedRows(node: Node): RowSource {
  const { pitch } = storageOf(node)
  return { pitch: pitch * 4, tile: wholeTilesFor(pitch), piece: SMALL_PIECE, acrossImages: true }
}

/**
 * Of an L1 cache with 64 sets of 8 lines, rows that lie a multiple of this apart share so few sets that 64 do not fit.
 */
const ALIASING_BYTES = 1024

/**
 * Rows that lie in memory, for reading column by column: copied first where they would push one another out of the
 * cache.
 */
export function storedColumns(node: Node): RowSource {
  const { rows, pitch } = storageOf(node)
  const stored = storedRows(node)
  if (rows === 1 || stored.pitch % ALIASING_BYTES !== 0) return stored
  return { ...stored, pitch: scratchPitch(pitch), emit: (module) => emitCopy(module, pitch / 4, scratchPitch(pitch)) }
}

/** A function (rows, copies, first row, row count) that moves rows of `vectors` vectors `pitch` bytes apart. */
function emitCopy(module: ModuleBuilder, vectors: number, pitch: number): FunctionBuilder {
  const name = `copyRows.f32.${vectors * 4}-${pitch}`
  const params = { rows: 'i32', copies: 'i32', first: 'i32', count: 'i32' } as const
  return module.shared(name, () =>
    module.function(name, params, (f, p) => {
      const from = f.let(i32.add(p.rows, i32.mul(p.first, vectors * 16)))
      f.repeat(p.count, () => {
        f.repeat(vectors, () => {
          f.store(p.copies, v128.load(from))
          f.inc(from, 16)
          f.inc(p.copies, 16)
        })
        f.inc(p.copies, pitch - vectors * 16)
      })
    }),
  )
}

/** Rows that an op with the trait `tileSource` computes. */
export function computedRows(source: TileSource, node: Node, machine: Machine): RowSource {
  return {
    pitch: source.pitch(node),
    tile: source.tileRows(node),
    piece: source.pieceRows(node),
    acrossImages: false,
    emit: (module) => source.emit(module, node, machine),
  }
}

/** Lanes that are left at least where images are taken together, if the batch has as many. */
const LANES = 8
const MANY_LANES = 16
/** Few enough images that a smaller number of lanes would not be worth it. */
const FEW_IMAGES = 4

/** How many images of a batch to take at a time, so that they have about `wanted` rows; undefined for one. */
export function imagesWith(wanted: number, rows: number, batch: number): number | undefined {
  const most = Math.max(Math.floor(batch / MANY_LANES), Math.min(FEW_IMAGES, Math.floor(batch / LANES)))
  const images = Math.min(Math.ceil(wanted / rows), most)
  return images > 1 ? images : undefined
}

/** Tiles of at least `rows` rows, whole multiples of the source's own. */
export function withTilesOf(source: RowSource, rows: number): RowSource {
  return { ...source, tile: Math.ceil(rows / source.tile) * source.tile }
}

export function scratchOf({ emit, tile, pitch }: RowSource): number {
  return emit ? tile * pitch : 0
}

/** Prepares a source for use in `f`: the result brings a tile into reach and returns its address. */
export function openRows(
  f: FunctionBuilder,
  source: RowSource,
  inputs: readonly Local<'i32'>[],
  scratch: Local<'i32'>,
): (first: Local<'i32'>, count: IntLike) => I32 {
  const compute = source.emit?.(f.module)
  if (!compute) return (first) => i32.add(inputs[0], i32.mul(first, source.pitch))
  return (first, count) => {
    f.call(compute, ...inputs, scratch, first, count)
    return scratch
  }
}
