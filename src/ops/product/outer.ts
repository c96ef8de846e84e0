/**
 * @file The product of two tiles of rows summed over the rows, the gradient of a weight matrix:
 *   result[depth, cols] += left[rows, depth]^T * right[rows, cols].
 * The right rows lie in staged panels. A register tile covers a few columns of the left operand by a panel and takes one
 * rank-one update for each row.
 */
import { f32x4, type Local, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import { forEachPanel, STAGED_ROW } from './panels.ts'
import { accumulate, type Extent, forEachSum, registers, type TileSize } from './registers.ts'

export interface OuterProduct {
  readonly depth: number
  readonly cols: number
  /** Bytes from row to row of the left operand and of the result, and from panel to panel of the right operand. */
  readonly leftPitch: number
  readonly resultPitch: number
  readonly panel: number
  /** Bytes from row to row of the right operand; as in staged panels when absent. */
  readonly rightPitch?: number
  readonly size: TileSize
  /**
   * `tile`: the rows are summed, then the sum is added to the result, which keeps long sums accurate. `row`: each row
   * is added to the result, so that cutting the rows into tiles does not change a bit. `none`: the sum replaces the
   * result.
   */
  readonly addBy: 'tile' | 'row' | 'none'
}

/** A function (left rows, panels, result, row count). */
export function emitOuterProduct(module: ModuleBuilder, name: string, outer: OuterProduct): FunctionBuilder {
  const params = { left: 'i32', panels: 'i32', result: 'i32', rows: 'i32' } as const
  return module.function(name, params, (f, p) => {
    const { size, depth, cols } = outer
    const [panel, result] = [f.i32(), f.i32()]
    const addTile = tileAdder(f, outer, { left: p.left, panel, result, rows: p.rows })
    const allPanels = (rows: number) => {
      f.set(panel, p.panels)
      f.set(result, p.result)
      forEachPanel(f, cols, (vectors) => {
        addTile({ rows, vectors })
        f.inc(panel, outer.panel)
        f.inc(result, vectors * 16)
      })
      f.inc(p.left, rows * 4)
      f.inc(p.result, rows * outer.resultPitch)
    }
    f.repeat(Math.floor(depth / size.rows), () => allPanels(size.rows))
    if (depth % size.rows) allPanels(depth % size.rows)
  })
}

interface Cursor {
  readonly left: Local<'i32'>
  readonly panel: Local<'i32'>
  readonly result: Local<'i32'>
  readonly rows: Local<'i32'>
}

function tileAdder(
  f: FunctionBuilder,
  { leftPitch, rightPitch = STAGED_ROW, resultPitch, size, addBy }: OuterProduct,
  { left, panel, result, rows }: Cursor,
): (extent: Extent) => void {
  const tile = registers(f, size.rows)
  const [leftWalk, panelWalk] = [f.i32(), f.i32()]
  const offset = (row: number, vector: number) => row * resultPitch + vector * 16
  const stored = (row: number, vector: number) => v128.load(result, offset(row, vector))
  return (extent) => {
    forEachSum(tile, extent, (sum, row, vector) => f.set(sum, addBy === 'row' ? stored(row, vector) : f32x4.const(0)))
    f.set(leftWalk, left)
    f.set(panelWalk, panel)
    accumulate(f, tile, extent, {
      left: { pointer: leftWalk, row: 4, step: leftPitch },
      right: { pointer: panelWalk, step: rightPitch },
      depth: rows,
      unroll: size.unroll,
    })
    forEachSum(tile, extent, (sum, row, vector) => {
      const total = addBy === 'tile' ? f32x4.add(stored(row, vector), sum) : sum
      f.store(result, total, offset(row, vector))
    })
  }
}
