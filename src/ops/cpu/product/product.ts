/**
 * @file The product of a tile of rows with panels:
 *   result[rows, cols] = epilogue(left[rows, depth] * right[depth, cols]).
 * Panels are outermost, so that one stays in the L1 cache while all rows of the tile, which lie there too, pass by.
 */
import { i32, type Local } from '../../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../codegen/module.ts'
import type { Epilogue, Place } from '../epilogue.ts'
import { forEachPanel } from './panels.ts'
import { accumulate, type Extent, forEachSum, registers, type TileSize } from './registers.ts'

export interface Product {
  readonly depth: number
  readonly cols: number
  /** Bytes from row to row. */
  readonly leftPitch: number
  readonly resultPitch: number
  readonly size: TileSize
  readonly epilogue: Epilogue
}

/** A function (rows, panels, result, row count, what the epilogue takes...). */
export function emitProduct(module: ModuleBuilder, name: string, product: Product): FunctionBuilder {
  const params = { left: 'i32', panels: 'i32', result: 'i32', rows: 'i32', ...product.epilogue.params } as const
  return module.function(name, params, (f, p) => {
    const { rows } = product.size
    const tiles = f.let(i32.divU(p.rows, rows))
    const rest = f.let(i32.remU(p.rows, rows))
    const [left, result, column] = [f.i32(), f.i32(), f.i32()]
    const multiply = tileMultiplier(f, product, p, { left, panel: p.panels, result, column })
    forEachPanel(f, product.cols, (vectors) => {
      f.set(left, p.left)
      f.set(result, i32.add(p.result, column))
      f.repeat(tiles, () => multiply({ rows, vectors }))
      for (let some = 1; some < rows; some++) f.if(i32.eq(rest, some), () => multiply({ rows: some, vectors }))
      f.inc(p.panels, product.depth * vectors * 16)
      f.inc(column, vectors * 16)
    })
  })
}

/** The next rows of the left operand, the panel, and where their product goes. */
interface Cursor {
  readonly left: Local<'i32'>
  readonly panel: Local<'i32'>
  readonly result: Local<'i32'>
  /** Bytes from the start of a row of the result. */
  readonly column: Local<'i32'>
}

/** Writes one register tile after the other; each moves `left` and `result` to the rows behind it. */
function tileMultiplier(
  f: FunctionBuilder,
  { depth, leftPitch, resultPitch, size, epilogue }: Product,
  args: Parameters<Epilogue['start']>[0],
  { left, panel, result, column }: Cursor,
): (extent: Extent) => void {
  const tile = registers(f, size.rows)
  const [leftWalk, panelWalk] = [f.i32(), f.i32()]
  const place = (row: number, vector: number): Place => ({
    address: result,
    addressOffset: row * resultPitch + vector * 16,
    column,
    columnOffset: vector * 16,
  })
  return (extent) => {
    forEachSum(tile, extent, (sum, _row, vector) => f.set(sum, epilogue.start(args, place(0, vector))))
    f.set(leftWalk, left)
    f.set(panelWalk, panel)
    accumulate(f, tile, extent, {
      left: { pointer: leftWalk, row: (row) => row * leftPitch, step: 4 },
      right: { pointer: panelWalk, vector: 16, step: extent.vectors * 16 },
      depth,
      unroll: size.unroll,
    })
    forEachSum(tile, extent, (sum, row, vector) => epilogue.store(f, args, sum, place(row, vector)))
    f.inc(left, extent.rows * leftPitch)
    f.inc(result, extent.rows * resultPitch)
  }
}
