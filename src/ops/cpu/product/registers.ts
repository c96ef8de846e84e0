/**
 * @file The innermost loop of every matrix product: a tile of sums held in registers, to which rank-one updates are
 * added one after the other (the micro-kernel of Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication", ACM TOMS 34(3), 2008).
 */
import { type IntLike, i32, int, type Local, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder } from '../../../codegen/module.ts'
import type { Machine } from '../contract.ts'

/**
 * Vectors side by side in a full tile: with 6 rows, 12 sums + 2 of the right operand + 1 splat fill 15 of 16 registers.
 */
export const TILE_VECTORS = 2

export interface TileSize {
  readonly rows: number
  /** Rank-one updates per iteration. */
  readonly unroll: number
}

/** The compiler that prefers four rows hoists the loads of an unrolled loop, and spills. */
export function tileSize({ tileRows }: Machine): TileSize {
  return { rows: tileRows, unroll: tileRows === 4 ? 1 : 4 }
}

/** `6x8`: rows by columns. */
export function tileName(machine: Machine): string {
  return `${machine.tileRows}x${TILE_VECTORS * 4}`
}

/** The locals of a tile; smaller tiles use a corner of it. */
export interface Registers {
  readonly sums: readonly (readonly Local<'v128'>[])[]
  readonly right: readonly Local<'v128'>[]
  readonly left: Local<'v128'>
}

export function registers(f: FunctionBuilder, rows: number): Registers {
  const vectors = () => Array.from({ length: TILE_VECTORS }, () => f.v128())
  return { sums: Array.from({ length: rows }, vectors), right: vectors(), left: f.v128() }
}

/** The corner of the registers in use. */
export interface Extent {
  readonly rows: number
  readonly vectors: number
}

export function forEachSum(
  { sums }: Registers,
  { rows, vectors }: Extent,
  body: (sum: Local<'v128'>, row: number, vector: number) => void,
): void {
  for (let row = 0; row < rows; row++)
    for (let vector = 0; vector < vectors; vector++) body(sums[row][vector], row, vector)
}

/** Single elements of the left operand. */
export interface LeftOperand {
  readonly pointer: Local<'i32'>
  /** Bytes from the pointer to a row of the tile. */
  row(row: number): number
  /** Bytes from one update to the next. */
  readonly step: number
}

/** Whole vectors of the right operand. */
export interface RightOperand {
  readonly pointer: Local<'i32'>
  /** Bytes from one vector of an update to the next. */
  readonly vector: number
  /** Bytes from one update to the next. */
  readonly step: number
}

export interface Updates {
  readonly left: LeftOperand
  readonly right: RightOperand
  /** Number of updates. */
  readonly depth: IntLike
  readonly unroll: number
}

/** sums += left * right, update after update; moves both pointers behind what was read. */
export function accumulate(f: FunctionBuilder, tile: Registers, extent: Extent, updates: Updates): void {
  const { left, right, unroll } = updates
  const steps = (count: number) => {
    for (let u = 0; u < count; u++) rankOneUpdate(f, tile, extent, updates, u)
    f.inc(left.pointer, count * left.step)
    f.inc(right.pointer, count * right.step)
  }
  const depth = int(updates.depth)
  f.repeat(i32.divU(depth, unroll), () => steps(unroll))
  f.repeat(i32.remU(depth, unroll), () => steps(1))
}

function rankOneUpdate(
  f: FunctionBuilder,
  tile: Registers,
  { rows, vectors }: Extent,
  { left, right }: Updates,
  index: number,
): void {
  for (let v = 0; v < vectors; v++)
    f.set(tile.right[v], v128.load(right.pointer, index * right.step + v * right.vector))
  for (let row = 0; row < rows; row++) {
    f.set(tile.left, v128.loadSplat(left.pointer, index * left.step + left.row(row)))
    for (let v = 0; v < vectors; v++) {
      const sum = tile.sums[row][v]
      f.set(sum, f.module.madd(tile.left, tile.right[v], sum))
    }
  }
}
