/**
 * @file Filter gradients by F(3x3,4x4), the adjoint of the results in the filter. Transformed patches of the images, V, and
 * transformed tiles of the results' gradient, D, are multiplied and summed over all tiles of a call; one inverse
 * transform ends it.
 */
import { i32 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../../codegen/wasm/module.ts'
import type { KernelCall, KernelParams } from '../kernel.ts'
import { forEachTile } from '../walk.ts'
import { filterGradient } from './winograd-filter.ts'
import { eachBand } from './winograd-forward.ts'
import { clearLineBorders, emitGather, type Gather, lineBytes } from './winograd-gather.ts'
import { DATA, RESULT, transpose } from './winograd-matrices.ts'
import { gradientProducts } from './winograd-product.ts'
import {
  bandCursor,
  bandsOf,
  type Conv3x3,
  PLANES,
  planeBytes,
  quadPlanes,
  rowPlanes,
  tilesPerBand,
} from './winograd-tiles.ts'

const BLOCK_TILES = 32

function blockOf(conv: Conv3x3) {
  const tiles = tilesPerBand(conv)
  const bands = Math.max(1, Math.floor(BLOCK_TILES / tiles))
  const v = quadPlanes(bands * tiles, conv.channels)
  // A line more than needed: rows of a power of two would meet in a few cache sets.
  const d = rowPlanes(bands * tiles, conv.filters + 16)
  const plane = planeBytes(conv.channels * conv.filters)
  const grid = { tiles, bands: bandsOf(conv) }
  const { height, width, channels, top, left, outHeight, outWidth, filters } = conv
  const patches: Gather = { ...grid, name: 'patches', matrix: DATA, height, width, channels, top, left, planes: v }
  const results: Gather = {
    ...grid,
    name: 'results',
    matrix: transpose(RESULT),
    height: outHeight,
    width: outWidth,
    channels: filters,
    top: 0,
    left: 0,
    planes: d,
  }
  const dOffset = PLANES * v.plane
  const sumsOffset = dOffset + PLANES * d.plane
  const lineOffset = sumsOffset + PLANES * plane
  const dLineOffset = lineOffset + lineBytes(patches)
  return {
    bands,
    patches,
    results,
    v,
    d,
    plane,
    dOffset,
    sumsOffset,
    lineOffset,
    dLineOffset,
    bytes: dLineOffset + lineBytes(results),
  }
}

export const gradientScratchBytes = (conv: Conv3x3) => blockOf(conv).bytes

/** Writes a kernel whose operands are images and gradients of the results. */
export function emitFilterGradients(f: FunctionBuilder, params: KernelParams, call: KernelCall, conv: Conv3x3): void {
  const { inputs, output, scratch, begin, end } = params
  const { machine } = call
  const { channels, filters } = conv
  const { patches, results, v, d, plane, ...block } = blockOf(conv)
  const dPlanes = f.let(i32.add(scratch, block.dOffset))
  const sums = f.let(i32.add(scratch, block.sumsOffset))
  const line = f.let(i32.add(scratch, block.lineOffset))
  const dLine = f.let(i32.add(scratch, block.dLineOffset))
  clearLineBorders(f, line, patches)
  clearLineBorders(f, dLine, results)
  const x = bandCursor(f, inputs[0], patches.height * patches.width * patches.channels * 4, patches.bands)
  const dy = bandCursor(f, inputs[1], results.height * results.width * results.channels * 4, patches.bands)
  const products = (adds: boolean) => gradientProducts(f.module, { machine, channels, filters, v, d, plane, adds })
  forEachTile(f, [0, i32.mul(i32.sub(end, begin), patches.bands)], block.bands, (first, count) => {
    eachBand(f, count, x, scratch, patches.tiles * v.tile, (destination) =>
      emitGather(f, patches, { ...x, destination, line }),
    )
    eachBand(f, count, dy, dPlanes, results.tiles * d.tile, (destination) =>
      emitGather(f, results, { ...dy, destination, line: dLine }),
    )
    const tiles = f.let(i32.mul(count, patches.tiles))
    f.if(
      first,
      () => f.call(products(true), scratch, dPlanes, sums, tiles),
      () => f.call(products(false), scratch, dPlanes, sums, tiles),
    )
  })
  // Without images there are no sums.
  f.if(i32.ltS(begin, end), () => f.call(filterGradient(f.module, channels * filters, plane), sums, output))
}
