/**
 * @file From planes to images: y = A^T m A for all tiles of a band, through the epilogue. Tiles that stick out over the
 * right or lower border are computed as far as they lie in the image.
 */
import { type I32, i32, type Local, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import type { Epilogue } from '../epilogue.ts'
import { emitTwoSided } from './winograd-linear.ts'
import { RESULT, SPAN, TILE } from './winograd-matrices.ts'
import { bandKinds, type Planes, selectBand } from './winograd-tiles.ts'

/** Where the tiles come from, and the images [height,width,filters] that are written. */
export interface Scatter {
  /** Unique in the module: epilogues differ. */
  readonly name: string
  readonly height: number
  readonly width: number
  readonly filters: number
  readonly planes: Planes
  readonly epilogue: Epilogue
}

/** Writes one band of `image`: `source` is the place of its first tile, `extras` the arguments of the epilogue. */
export function emitScatter(
  f: FunctionBuilder,
  s: Scatter,
  at: { source: I32; image: I32; band: Local<'i32'>; extras: readonly Local<'i32'>[] },
): void {
  const bands = Math.ceil(s.height / TILE)
  const destination = f.let(i32.add(at.image, i32.mul(at.band, TILE * s.width * s.filters * 4)))
  selectBand(f, at.band, bandKinds(bands, s.height, 0, TILE), (kind) =>
    f.call(bandFunction(f.module, s, kind.end), at.source, destination, ...at.extras),
  )
}

/** A function (first tile, first of `rows` rows of the image, parameters of the epilogue...). */
function bandFunction(module: ModuleBuilder, s: Scatter, rows: number): FunctionBuilder {
  const params = { source: 'i32', destination: 'i32', ...s.epilogue.params } as const
  const name = `${s.name}.scatter.rows${rows}`
  return module.shared(name, () =>
    module.function(name, params, (f, { source, destination, ...extras }) => {
      const [from, to, column] = [f.i32(), f.i32(), f.i32()]
      const tile = (columns: number) => {
        f.set(from, source)
        f.set(to, destination)
        f.set(column, i32.const(0))
        f.repeat(s.filters / 4, () => {
          emitTile(f, s, [rows, columns], { from, to, column, extras })
          for (const pointer of [from, to, column]) f.inc(pointer, 16)
        })
        f.inc(source, s.planes.tile)
        f.inc(destination, TILE * s.filters * 4)
      }
      f.repeat(Math.floor(s.width / TILE), () => tile(TILE))
      if (s.width % TILE) tile(s.width % TILE)
    }),
  )
}

/** Four channels of one tile, clipped to `rows` x `columns`. */
function emitTile(
  f: FunctionBuilder,
  s: Scatter,
  [rows, columns]: readonly [number, number],
  at: { from: I32; to: I32; column: I32; extras: { readonly [name: string]: Local<'i32'> } },
): void {
  const product = (row: number, column: number) => v128.load(at.from, (row * SPAN + column) * s.planes.plane)
  emitTwoSided(f, RESULT.slice(0, rows), RESULT.slice(0, columns), product, (row, column, value) =>
    s.epilogue.store(f, at.extras, value, {
      address: at.to,
      addressOffset: (row * s.width + column) * s.filters * 4,
      column: at.column,
      columnOffset: 0,
    }),
  )
}
