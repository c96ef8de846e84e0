/**
 * @file From images to planes: applies a Winograd matrix to both sides of all patches of a band. Columns are transformed
 * once, into a line that neighbouring patches share; rows of that line then yield a patch each.
 */
import { type I32, i32, type Local, v128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import { emitLinear } from './winograd-linear.ts'
import { type Matrix, SPAN, TILE } from './winograd-matrices.ts'
import { type BandKind, bandKinds, type Planes, selectBand } from './winograd-tiles.ts'

/** The images that are read, and where their patches go. */
export interface Gather {
  /** Names the transform in function names. */
  readonly name: string
  /** [SPAN, n]: patches are n x n and start TILE pixels apart. */
  readonly matrix: Matrix
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Tiles of a band, and bands of an image. */
  readonly tiles: number
  readonly bands: number
  /** The first patch starts so many rows above and columns left of the image. */
  readonly top: number
  readonly left: number
  readonly planes: Planes
}

/** One column of a band after the vertical transform: a quad of channels for each row. */
const COLUMN = SPAN * 16

const patchOf = (g: Gather) => g.matrix[0].length
const columnsOf = (g: Gather) => TILE * (g.tiles - 1) + patchOf(g)

/** Bytes of the line. */
export const lineBytes = (g: Gather) => columnsOf(g) * COLUMN

/** Makes the columns of the line left and right of the image zero; no band ever writes them. */
export function clearLineBorders(f: FunctionBuilder, line: I32, g: Gather): void {
  const right = g.left + g.width
  f.zero(line, g.left * COLUMN)
  f.zero(i32.add(line, right * COLUMN), (columnsOf(g) - right) * COLUMN)
}

/** Transforms one band of an image: `destination` is the place of its first tile. */
export function emitGather(
  f: FunctionBuilder,
  g: Gather,
  at: { image: I32; band: Local<'i32'>; destination: I32; line: I32 },
): void {
  const rowBytes = g.width * g.channels * 4
  selectBand(f, at.band, bandKinds(g.bands, g.height, g.top, patchOf(g)), (kind) => {
    const firstRow = i32.sub(i32.mul(at.band, TILE * rowBytes), (g.top - kind.first) * rowBytes)
    f.call(bandFunction(f.module, g, kind), i32.add(at.image, firstRow), at.destination, at.line)
  })
}

/** A function (first row of the band that lies in the image, destination of its first tile, line). */
function bandFunction(module: ModuleBuilder, g: Gather, kind: BandKind): FunctionBuilder {
  const { plane, tile, quad } = g.planes
  const shape = `${g.height}x${g.width}x${g.channels}`
  const name = `winograd.${g.name}.${shape}.left${g.left}.rows${kind.first}-${kind.end}.planes${plane}.${tile}.${quad}`
  return module.shared(name, () =>
    module.function(name, { source: 'i32', destination: 'i32', line: 'i32' }, (f, { source, destination, line }) => {
      f.repeat(g.channels / 4, () => {
        emitColumns(f, g, kind, source, line)
        emitPatches(f, g, line, destination)
        f.inc(source, 16)
        f.inc(destination, quad)
      })
    }),
  )
}

/** matrix * column, for each column of the image. */
function emitColumns(f: FunctionBuilder, g: Gather, kind: BandKind, source: I32, line: I32): void {
  const pixel = g.channels * 4
  const from = f.let(source)
  const to = f.let(i32.add(line, g.left * COLUMN))
  f.repeat(g.width, () => {
    const rows = Array.from({ length: patchOf(g) }, (_, row) =>
      row < kind.first || row >= kind.end ? undefined : v128.load(from, (row - kind.first) * g.width * pixel),
    )
    emitLinear(f, g.matrix, rows, (row, value) => f.store(to, value, row * 16))
    f.inc(from, pixel)
    f.inc(to, COLUMN)
  })
}

/** (matrix * patch) * transposed matrix, for each patch of the line. */
function emitPatches(f: FunctionBuilder, g: Gather, line: I32, destination: I32): void {
  const from = f.let(line)
  const to = f.let(destination)
  f.repeat(g.tiles, () => {
    for (let row = 0; row < SPAN; row++) {
      const columns = Array.from({ length: patchOf(g) }, (_, column) => v128.load(from, column * COLUMN + row * 16))
      emitLinear(f, g.matrix, columns, (column, value) => f.store(to, value, (row * SPAN + column) * g.planes.plane))
    }
    f.inc(from, TILE * COLUMN)
    f.inc(to, g.planes.tile)
  })
}
