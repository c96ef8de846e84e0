/**
 * @file From images to planes: multiplies all patches of a band by a Winograd matrix from both sides. Columns of the
 * image are transformed once, into a line that neighbouring patches share; the rows of each patch follow from there.
 */
import { type I32, i32, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import { emitLinear } from './winograd-linear.ts'
import { type Matrix, SPAN, TILE } from './winograd-matrices.ts'
import {
  type BandCursor,
  type BandKind,
  bandKinds,
  type ImageSize,
  type Planes,
  selectBand,
  type TileGrid,
} from './winograd-tiles.ts'

/** The images that are read, and where their patches go. */
export interface Gather {
  readonly images: ImageSize
  readonly grid: TileGrid
  /** [SPAN, n]: patches are n x n, and start TILE pixels apart. */
  readonly matrix: Matrix
  /** The first patch starts so many rows above and columns left of the image. */
  readonly top: number
  readonly left: number
  readonly planes: Planes
}

/** What a column of one patch becomes: SPAN rows of four channels. */
const COLUMN = SPAN * 16

const patchOf = ({ matrix }: Gather) => matrix[0].length
const columnsOf = (g: Gather) => TILE * (g.grid.tiles - 1) + patchOf(g)

/** The most that a line may take of the L2 cache. */
const LINE_LIMIT = 128 * 1024

/**
 * Quads of channels that go through a line together: all of them, if there is room. Images are then read from one end to
 * the other, which the machine foresees; with few quads the same columns would pass by again and again.
 */
function quadsOf(g: Gather): number {
  const quads = g.images.channels / 4
  const most = Math.max(1, Math.floor(LINE_LIMIT / (columnsOf(g) * COLUMN)))
  let some = Math.min(quads, most)
  while (quads % some !== 0) some -= 1
  return some
}

/** Bytes from one column of the line to the next. */
const columnStep = (g: Gather) => quadsOf(g) * COLUMN

export const lineBytes = (g: Gather) => columnsOf(g) * columnStep(g)

/** Makes the columns of the line left and right of the image zero; bands leave them as they are. */
export function clearLineBorders(f: FunctionBuilder, g: Gather, line: I32): void {
  const end = g.left + g.images.width
  f.zero(line, g.left * columnStep(g))
  f.zero(i32.add(line, end * columnStep(g)), (columnsOf(g) - end) * columnStep(g))
}

/** Transforms the band at the cursor; `destination` is the place of its first tile. */
export function emitGather(
  f: FunctionBuilder,
  g: Gather,
  { image, band }: BandCursor,
  line: I32,
  destination: I32,
): void {
  const rowBytes = g.images.width * g.images.channels * 4
  selectBand(f, band, bandKinds(g.grid.bands, g.images.height, g.top, patchOf(g)), (kind) => {
    const firstRow = i32.sub(i32.mul(band, TILE * rowBytes), (g.top - kind.first) * rowBytes)
    f.call(bandFunction(f.module, g, kind), i32.add(image, firstRow), line, destination)
  })
}

/** A function (first row of the band that lies in the image, line, first tile). */
function bandFunction(module: ModuleBuilder, g: Gather, kind: BandKind): FunctionBuilder {
  const { height, width, channels } = g.images
  const { plane, tile, quad } = g.planes
  const shape = `${height}x${width}x${channels}.left${g.left}.rows${kind.first}-${kind.end}of${patchOf(g)}`
  const name = `winograd.gather.${shape}.${g.grid.tiles}tiles.${plane}.${tile}.${quad}`
  return module.shared(name, () =>
    module.function(name, { source: 'i32', line: 'i32', destination: 'i32' }, (f, { source, line, destination }) => {
      const quads = quadsOf(g)
      f.repeat(channels / 4 / quads, () => {
        emitColumns(f, g, kind, source, line)
        emitPatches(f, g, line, destination)
        f.inc(source, quads * 16)
        f.inc(destination, quads * g.planes.quad)
      })
    }),
  )
}

/** matrix * column, for each column of the image. */
function emitColumns(f: FunctionBuilder, g: Gather, kind: BandKind, source: I32, line: I32): void {
  const { width, channels } = g.images
  const from = f.let(source)
  const to = f.let(i32.add(line, g.left * columnStep(g)))
  f.repeat(width, () => {
    f.repeat(quadsOf(g), () => {
      const rows = g.matrix[0].map((_, row) =>
        row < kind.first || row >= kind.end ? undefined : v128.load(from, (row - kind.first) * width * channels * 4),
      )
      emitLinear(f, g.matrix, rows, (row, value) => f.store(to, value, row * 16))
      f.inc(from, 16)
      f.inc(to, COLUMN)
    })
    f.inc(from, channels * 4 - quadsOf(g) * 16)
  })
}

/** (matrix * patch) * transposed matrix, for each patch of the line. */
function emitPatches(f: FunctionBuilder, g: Gather, line: I32, destination: I32): void {
  const from = f.let(line)
  const to = f.let(destination)
  f.repeat(g.grid.tiles, () => {
    f.repeat(quadsOf(g), () => {
      for (let row = 0; row < SPAN; row++) {
        const columns = g.matrix[0].map((_, column) => v128.load(from, column * columnStep(g) + row * 16))
        emitLinear(f, g.matrix, columns, (column, value) => f.store(to, value, (row * SPAN + column) * g.planes.plane))
      }
      f.inc(from, COLUMN)
      f.inc(to, g.planes.quad)
    })
    f.inc(from, (TILE - 1) * columnStep(g))
    f.inc(to, g.planes.tile - quadsOf(g) * g.planes.quad)
  })
}
