/**
 * @file The 36 matrix products between the transforms: M = V U for results, dU = V^T D for the filter gradient. A product
 * of so few rows needs no blocking beyond register tiles: the panel of the right operand stays in L1, the left one in L2.
 */
import { f32x4, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import type { Machine } from '../kernel.ts'
import { forEachPanel } from '../product/panels.ts'
import { accumulate, type Extent, forEachSum, registers, startSums, tileSize, zeroStart } from '../product/registers.ts'
import { PLANES, type Planes } from './winograd-tiles.ts'

/** c[row][column] = sum over k of a[row][k] * b[k][column], one register tile below the other. */
interface Column {
  readonly name: string
  readonly extent: Extent
  readonly unroll: number
  /** Bytes from one row, one k and one tile of `a` to the next. */
  readonly a: { readonly row: number; readonly step: number; readonly tile: number }
  /** Bytes from one k of `b` to the next. */
  readonly bStep: number
  /** Bytes from one row of `c` to the next. */
  readonly cRow: number
  /** Adds to `c`. */
  readonly adds: boolean
}

/** A function (a, b, c, number of tiles, number of k). */
function columnFunction(module: ModuleBuilder, p: Column): FunctionBuilder {
  const params = { a: 'i32', b: 'i32', c: 'i32', tiles: 'i32', depth: 'i32' } as const
  return module.shared(p.name, () =>
    module.function(p.name, params, (f, { a, b, c, tiles, depth }) => {
      const tile = registers(f, p.extent.rows)
      const [left, right] = [f.i32(), f.i32()]
      f.repeat(tiles, () => {
        f.set(left, a)
        f.set(right, b)
        startSums(f, tile, p.extent, zeroStart)
        accumulate(f, tile, p.extent, {
          left: { pointer: left, row: p.a.row, step: p.a.step },
          right: { pointer: right, step: p.bStep },
          depth,
          unroll: p.unroll,
        })
        forEachSum(tile, p.extent, (sum, row, vector) => {
          const offset = row * p.cRow + vector * 16
          f.store(c, p.adds ? f32x4.add(v128.load(c, offset), sum) : sum, offset)
        })
        f.inc(a, p.a.tile)
        f.inc(c, p.extent.rows * p.cRow)
      })
    }),
  )
}

/** The transpose of V [channels/4][tile][4] times D [tile][filters] into dU [channels][filters], 36 times. */
export interface GradientProducts {
  readonly machine: Machine
  readonly channels: number
  readonly filters: number
  readonly v: Planes
  readonly d: Planes
  /** Bytes from one dU to the next. */
  readonly plane: number
  /** Adds to dU. */
  readonly adds: boolean
}

/** A function (V, D, dU, number of tiles). Tiles have four rows on every machine: V comes in fours. */
export function gradientProducts(module: ModuleBuilder, p: GradientProducts): FunctionBuilder {
  const { channels, filters, v, d } = p
  const { unroll } = tileSize(p.machine)
  const name = `winograd.${p.adds ? 'addGradient' : 'gradient'}.${channels}x${filters}.planes${v.plane}.${d.plane}`
  const column = (vectors: number) =>
    columnFunction(module, {
      name: `${name}.column${vectors * 4}`,
      extent: { rows: 4, vectors },
      unroll,
      a: { row: 4, step: v.tile, tile: v.quad },
      bStep: d.tile,
      cRow: filters * 4,
      adds: p.adds,
    })
  const params = { a: 'i32', b: 'i32', c: 'i32', depth: 'i32' } as const
  return module.shared(name, () =>
    module.function(name, params, (f, { a, b, c, depth }) => {
      f.repeat(PLANES, () => {
        forEachPanel(f, filters, (vectors) => {
          f.call(column(vectors), a, b, c, channels / 4, depth)
          f.inc(b, vectors * 16)
          f.inc(c, vectors * 16)
        })
        f.inc(a, v.plane)
        f.inc(b, d.plane - filters * 4)
        f.inc(c, p.plane - filters * 4)
      })
    }),
  )
}
