/**
 * @file Filter gradients by F(3x3,4x4), the adjoint of the results in the filter. Patches of the images become V, tiles
 * of the results' gradient D; dU = V^T D, point by point, is summed over the tiles of a call, and its inverse
 * transform ends the call.
 */
import { i32 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { KernelCall, KernelParams, Machine } from '../cpu/contract.ts'
import { forEachTile } from '../cpu/loops.ts'
import { emitOuterProduct, type OuterProduct } from '../cpu/product/outer.ts'
import { tileName, tileSize } from '../cpu/product/registers.ts'
import { filterGradient } from './winograd-filter.ts'
import { clearLineBorders, emitGather, type Gather, lineBytes } from './winograd-gather.ts'
import { DATA, RESULT, transpose } from './winograd-matrices.ts'
import {
  bandCursor,
  bandsPerBlock,
  type Conv3x3,
  forEachBand,
  forEachPlane,
  gridOf,
  type Planes,
  planesOf,
  quadPlanesOf,
  scratchParts,
} from './winograd-tiles.ts'

/** So many that adding a register tile to dU costs little beside summing over the tiles, and few for the caches' sake. */
const BLOCK_TILES = 32

/** What a call works on at a time. */
function blockOf(conv: Conv3x3) {
  const { input, output, top, left } = conv
  const grid = gridOf(conv)
  const bands = bandsPerBlock(grid, BLOCK_TILES)
  const v = quadPlanesOf(bands * grid.tiles, input.channels)
  const d = quadPlanesOf(bands * grid.tiles, output.channels)
  const du = planesOf(input.channels, output.channels)
  const gatherX: Gather = { images: input, grid, matrix: DATA, top, left, planes: v }
  const gatherDy: Gather = { images: output, grid, matrix: transpose(RESULT), top: 0, left: 0, planes: d }
  const [lineX, lineDy] = [lineBytes(gatherX), lineBytes(gatherDy)]
  const parts = scratchParts({ v: v.bytes, d: d.bytes, du: du.bytes, lineX, lineDy })
  return { grid, bands, v, d, du, gatherX, gatherDy, parts }
}

export const gradientScratchBytes = (conv: Conv3x3) => blockOf(conv).parts.bytes

/** Writes a kernel whose operands are images and gradients of results, and whose result is added to. */
export function emitFilterGradients(f: FunctionBuilder, params: KernelParams, call: KernelCall, conv: Conv3x3): void {
  const { inputs, output, scratch, begin, end } = params
  const { grid, bands, v, d, du, gatherX, gatherDy, parts } = blockOf(conv)
  const size = tileSize(call.machine)
  const part = parts.open(f, scratch)
  const x = bandCursor(f, inputs[0], conv.input, grid)
  const dy = bandCursor(f, inputs[1], conv.output, grid)
  const product = (addBy: OuterProduct['addBy']) => productFunction(f.module, call.machine, conv, v, d, addBy)
  clearLineBorders(f, gatherX, part.lineX)
  clearLineBorders(f, gatherDy, part.lineDy)
  forEachTile(f, [0, i32.mul(i32.sub(end, begin), grid.bands)], bands, (first, count) => {
    forEachBand(f, x, count, { first: part.v, step: grid.tiles * v.tile }, (place) =>
      emitGather(f, gatherX, x, part.lineX, place),
    )
    forEachBand(f, dy, count, { first: part.d, step: grid.tiles * d.tile }, (place) =>
      emitGather(f, gatherDy, dy, part.lineDy, place),
    )
    const tiles = f.let(i32.mul(count, grid.tiles))
    const operands = [
      { at: part.v, planes: v },
      { at: part.d, planes: d },
      { at: part.du, planes: du },
    ]
    const multiply = (addBy: OuterProduct['addBy']) =>
      forEachPlane(f, operands, (...pointers) => f.call(product(addBy), ...pointers, tiles))
    f.if(
      first,
      () => multiply('tile'),
      () => multiply('none'),
    )
  })
  // Without images there is no dU.
  f.if(i32.ltS(begin, end), () => f.call(filterGradient(f.module, du, conv, size.rows), part.du, output))
}

/** A function (rows of V, rows of D, dU, row count) for one point. */
function productFunction(
  module: ModuleBuilder,
  machine: Machine,
  { input, output }: Conv3x3,
  v: Planes,
  d: Planes,
  addBy: OuterProduct['addBy'],
): FunctionBuilder {
  const [depth, cols] = [input.channels, output.channels]
  const name = `winograd.outer.${depth}x${cols}.${v.quad / v.tile}.${tileName(machine)}.by-${addBy}`
  return module.shared(name, () =>
    emitOuterProduct(module, name, {
      depth,
      cols,
      left: { row: v.tile, quad: v.quad },
      right: { row: d.tile, quad: d.quad },
      resultPitch: 'tiles',
      size: tileSize(machine),
      addBy,
    }),
  )
}
