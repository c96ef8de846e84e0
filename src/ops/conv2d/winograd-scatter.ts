/**
 * @file From planes to images: y = A^T m A for all tiles of a band, through the epilogue. Tiles that stick out over the
 * right or lower border are computed as far as they lie in the image.
 */
import { type I32, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { Epilogue } from '../cpu/epilogue.ts'
import { emitTwoSided } from './winograd-linear.ts'
import { RESULT, SPAN, TILE } from './winograd-matrices.ts'
import { type BandCursor, bandKinds, type ImageSize, type Planes, selectBand, type TileGrid } from './winograd-tiles.ts'

/** Where the tiles come from, and the images that are written. */
export interface Scatter {
  /** Unique in the module: epilogues differ. */
  readonly name: string
  readonly images: ImageSize
  readonly grid: TileGrid
  readonly planes: Planes
  readonly epilogue: Epilogue
}

/** Writes the band at the cursor: `source` is the place of its first tile, `extras` are the epilogue's arguments. */
export function emitScatter(
  f: FunctionBuilder,
  s: Scatter,
  { image, band }: BandCursor,
  source: I32,
  extras: readonly Local<'i32'>[],
): void {
  const { height, width, channels } = s.images
  selectBand(f, band, bandKinds(s.grid.bands, height, 0, TILE), (kind) => {
    const firstRow = i32.add(image, i32.mul(band, TILE * width * channels * 4))
    f.call(bandFunction(f.module, s, kind.end), source, firstRow, ...extras)
  })
}

/** A function (first tile, first of `rows` rows of the image, epilogue parameters...). */
function bandFunction(module: ModuleBuilder, s: Scatter, rows: number): FunctionBuilder {
  const { width, channels } = s.images
  const params = { source: 'i32', destination: 'i32', ...s.epilogue.params } as const
  const name = `${s.name}/scatter.rows${rows}`
  return module.shared(name, () =>
    module.function(name, params, (f, { source, destination, ...extras }) => {
      const [from, to, column] = [f.i32(), f.i32(), f.i32()]
      const tile = (columns: number) => {
        f.set(from, source)
        f.set(to, destination)
        f.set(column, i32.const(0))
        f.repeat(channels / 4, () => {
          emitTile(f, s, [rows, columns], { from, to, column, extras })
          for (const pointer of [from, to, column]) f.inc(pointer, 16)
        })
        f.inc(source, s.planes.tile)
        f.inc(destination, TILE * channels * 4)
      }
      f.repeat(Math.floor(width / TILE), () => tile(TILE))
      if (width % TILE) tile(width % TILE)
    }),
  )
}

/** Four channels of one tile, clipped to `rows` x `columns`. */
function emitTile(
  f: FunctionBuilder,
  { images, planes, epilogue }: Scatter,
  [rows, columns]: readonly [number, number],
  at: { from: I32; to: I32; column: I32; extras: { readonly [name: string]: Local<'i32'> } },
): void {
  const point = (row: number, column: number) => v128.load(at.from, (row * SPAN + column) * planes.plane)
  emitTwoSided(f, RESULT.slice(0, rows), RESULT.slice(0, columns), point, (row, column, value) =>
    epilogue.store(f, at.extras, value, {
      address: at.to,
      addressOffset: (row * images.width + column) * images.channels * 4,
      column: at.column,
      columnOffset: 0,
    }),
  )
}
