/**
 * @file Results and input gradients by F(4x4,3x3). Bands of tiles, across the images of a call, fill blocks that stay in
 * the L2 cache: transformed patches V, 36 products with the prepared filters U, sums M that become results.
 */
import { type I32, type IntLike, i32 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/wasm/module.ts'
import { Epilogue } from '../epilogue.ts'
import type { KernelCall, KernelParams } from '../kernel.ts'
import { emitProduct } from '../product/product.ts'
import { tileSize } from '../product/registers.ts'
import { forEachTile } from '../walk.ts'
import { filterPlane } from './winograd-filter.ts'
import { clearLineBorders, emitGather, type Gather, lineBytes } from './winograd-gather.ts'
import { DATA } from './winograd-matrices.ts'
import { emitScatter } from './winograd-scatter.ts'
import {
  type BandCursor,
  bandCursor,
  bandsOf,
  type Conv3x3,
  PLANES,
  type Planes,
  rowPlanes,
  tilesPerBand,
} from './winograd-tiles.ts'

/** Whole register tiles of 4 and of 6 rows; with 128 channels and filters, V and M together fit into 2 MiB. */
const BLOCK_TILES = 48

/** A block of bands in scratch: V, then M, then the line of the gather. */
interface Block {
  readonly bands: number
  readonly gather: Gather
  readonly v: Planes
  readonly m: Planes
  readonly mOffset: number
  readonly lineOffset: number
  readonly bytes: number
}

function blockOf(conv: Conv3x3): Block {
  const tiles = tilesPerBand(conv)
  const bands = Math.max(1, Math.floor(BLOCK_TILES / tiles))
  const v = rowPlanes(bands * tiles, conv.channels)
  const m = rowPlanes(bands * tiles, conv.filters)
  const { height, width, channels, top, left } = conv
  const gather = {
    name: 'patches',
    matrix: DATA,
    height,
    width,
    channels,
    top,
    left,
    tiles,
    bands: bandsOf(conv),
    planes: v,
  }
  const mOffset = PLANES * v.plane
  const lineOffset = mOffset + PLANES * m.plane
  return { bands, gather, v, m, mOffset, lineOffset, bytes: lineOffset + lineBytes(gather) }
}

export const resultScratchBytes = (conv: Conv3x3) => blockOf(conv).bytes

/** Writes a kernel whose operands are images and the filters that `prepareFilter` made of its weights. */
export function emitResults(f: FunctionBuilder, params: KernelParams, call: KernelCall, conv: Conv3x3): void {
  const { inputs, output, scratch, begin, end } = params
  const [images, u] = inputs
  const block = blockOf(conv)
  const { gather, v, m } = block
  const epilogue = new Epilogue(call, { startsSums: false })
  const scatter = {
    name: f.name,
    height: conv.outHeight,
    width: conv.outWidth,
    filters: conv.filters,
    planes: m,
    epilogue,
  }
  const extras = epilogue.args(f, params)
  const sums = f.let(i32.add(scratch, block.mOffset))
  const line = f.let(i32.add(scratch, block.lineOffset))
  const read = bandCursor(f, images, gather.height * gather.width * gather.channels * 4, gather.bands)
  const write = bandCursor(f, output, scatter.height * scatter.width * scatter.filters * 4, gather.bands)
  const product = productFunction(f.module, call, conv, block)
  clearLineBorders(f, line, gather)
  forEachTile(f, [0, i32.mul(i32.sub(end, begin), gather.bands)], block.bands, (_, count) => {
    eachBand(f, count, read, scratch, gather.tiles * v.tile, (destination) =>
      emitGather(f, gather, { ...read, destination, line }),
    )
    emitPlaneProducts(f, product, conv, block, { v: scratch, u, m: sums, rows: f.let(i32.mul(count, gather.tiles)) })
    eachBand(f, count, write, sums, gather.tiles * m.tile, (source) =>
      emitScatter(f, scatter, { ...write, source, extras }),
    )
  })
}

/** Runs `body` for the next bands, given the place of each band's first tile. */
export function eachBand(
  f: FunctionBuilder,
  count: IntLike,
  cursor: BandCursor,
  first: I32,
  step: number,
  body: (place: I32) => void,
): void {
  const place = f.let(first)
  f.repeat(count, () => {
    body(place)
    cursor.next()
    f.inc(place, step)
  })
}

/** One of the 36 products: V [tiles, channels] times the panels of U [channels, filters]. */
function productFunction(module: ModuleBuilder, call: KernelCall, conv: Conv3x3, { v, m }: Block): FunctionBuilder {
  const size = tileSize(call.machine)
  const name = `winograd.product.${conv.channels}x${conv.filters}.${size.rows}x8`
  const epilogue = new Epilogue({ ...call, epilogue: [], extras: [] }, { startsSums: false })
  const shape = { depth: conv.channels, cols: conv.filters, leftPitch: v.tile, resultPitch: m.tile, size, epilogue }
  return module.shared(name, () => emitProduct(module, name, shape))
}

function emitPlaneProducts(
  f: FunctionBuilder,
  product: FunctionBuilder,
  conv: Conv3x3,
  { v, m }: Block,
  at: { v: I32; u: I32; m: I32; rows: I32 },
): void {
  const [left, panels, result] = [f.let(at.v), f.let(at.u), f.let(at.m)]
  f.repeat(PLANES, () => {
    f.call(product, left, panels, result, at.rows)
    f.inc(left, v.plane)
    f.inc(panels, filterPlane(conv))
    f.inc(result, m.plane)
  })
}
