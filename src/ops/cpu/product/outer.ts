/**
 * @file The product of two tiles of rows summed over the rows, the gradient of a weight matrix:
 *   result[depth, cols] += left[rows, depth]^T * right[rows, cols].
 * A register tile covers a few columns of the left operand by eight of the right one and takes one rank-one update for
 * each row.
 */
import { f32x4, type Local, v128 } from '../../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../codegen/module.ts'
import { forEachPanel } from './panels.ts'
import { accumulate, type Extent, forEachSum, registers, TILE_VECTORS, type TileSize } from './registers.ts'

/** How rows lie in memory, in bytes: element c of row r is at r * row + floor(c / 4) * quad + (c % 4) * 4. */
export interface QuadRows {
  readonly row: number
  readonly quad: number
}

/** Rows in one piece. */
export const wholeRows = (pitch: number): QuadRows => ({ row: pitch, quad: 16 })

export interface OuterProduct {
  readonly depth: number
  readonly cols: number
  readonly left: QuadRows
  /** `panel` bytes from eight columns to the next, where that is not two quads. */
  readonly right: QuadRows & { readonly panel?: number }
  /** Bytes from row to row of the result; or register tile after register tile, as they are computed. */
  readonly resultPitch: number | 'tiles'
  readonly size: TileSize
  /**
   * `tile`: the rows are summed, then the sum is added to the result, which keeps long sums accurate. `row`: each row
   * is added to the result, so that cutting the rows into tiles does not change a bit. `none`: the sum replaces the
   * result.
   */
  readonly addBy: 'tile' | 'row' | 'none'
}

/** A function (left rows, right rows, result, row count). */
export function emitOuterProduct(module: ModuleBuilder, name: string, outer: OuterProduct): FunctionBuilder {
  const params = { left: 'i32', right: 'i32', result: 'i32', rows: 'i32' } as const
  return module.function(name, params, (f, p) => {
    const { cols, left, right, resultPitch } = outer
    const [panel, result] = [f.i32(), f.i32()]
    const addTile = tileAdder(f, outer, { left: p.left, right: panel, result, rows: p.rows })
    const allPanels = (first: number, rows: number) => {
      f.set(panel, p.right)
      f.set(result, p.result)
      forEachPanel(f, cols, (vectors) => {
        addTile(first, { rows, vectors })
        f.inc(panel, right.panel ?? TILE_VECTORS * right.quad)
        f.inc(result, resultPitch === 'tiles' ? rows * vectors * 16 : vectors * 16)
      })
      if (resultPitch === 'tiles') f.set(p.result, result)
      else f.inc(p.result, rows * resultPitch)
    }
    forEachGroup(f, outer, allPanels, (quads) => f.inc(p.left, quads * left.quad))
  })
}

/**
 * Visits the columns of the left operand, as many at a time as a register tile has rows. `first` counts from the quad at
 * the pointer, which `move` takes past those that are done with: tiles of six meet the start of a quad every other time.
 */
function forEachGroup(
  f: FunctionBuilder,
  { depth, size: { rows } }: OuterProduct,
  visit: (first: number, rows: number) => void,
  move: (quads: number) => void,
): void {
  const round = rows % 4 === 0 ? rows : 2 * rows
  const groups = (columns: number) => {
    for (let first = 0; first < columns; first += rows) visit(first, Math.min(rows, columns - first))
  }
  f.repeat(Math.floor(depth / round), () => {
    groups(round)
    move(round / 4)
  })
  groups(depth % round)
}

interface Cursor {
  readonly left: Local<'i32'>
  readonly right: Local<'i32'>
  readonly result: Local<'i32'>
  readonly rows: Local<'i32'>
}

function tileAdder(
  f: FunctionBuilder,
  outer: OuterProduct,
  { left, right, result, rows }: Cursor,
): (first: number, extent: Extent) => void {
  const { size, addBy, resultPitch } = outer
  const tile = registers(f, size.rows)
  const [leftWalk, rightWalk] = [f.i32(), f.i32()]
  return (first, extent) => {
    const pitch = resultPitch === 'tiles' ? extent.vectors * 16 : resultPitch
    const offset = (row: number, vector: number) => row * pitch + vector * 16
    const stored = (row: number, vector: number) => v128.load(result, offset(row, vector))
    const column = (row: number) => Math.floor((first + row) / 4) * outer.left.quad + ((first + row) % 4) * 4
    forEachSum(tile, extent, (sum, row, vector) => f.set(sum, addBy === 'row' ? stored(row, vector) : f32x4.const(0)))
    f.set(leftWalk, left)
    f.set(rightWalk, right)
    accumulate(f, tile, extent, {
      left: { pointer: leftWalk, row: column, step: outer.left.row },
      right: { pointer: rightWalk, vector: outer.right.quad, step: outer.right.row },
      depth: rows,
      unroll: size.unroll,
    })
    forEachSum(tile, extent, (sum, row, vector) => {
      const total = addBy === 'tile' ? f32x4.add(stored(row, vector), sum) : sum
      f.store(result, total, offset(row, vector))
    })
  }
}
