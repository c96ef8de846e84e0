/**
 * @file Results and input gradients by F(4x4,3x3). Bands of tiles, across the images of a call, fill blocks that stay
 * in the L2 cache: patches become V, products with the prepared filters M = V U, point by point, and M the results.
 */
import { i32 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { KernelCall, KernelParams } from '../cpu/contract.ts'
import { Epilogue } from '../cpu/epilogue.ts'
import { forEachTile } from '../cpu/loops.ts'
import { emitProduct } from '../cpu/product/product.ts'
import { tileName, tileSize } from '../cpu/product/registers.ts'
import { filterPlanes } from './winograd-filter.ts'
import { clearLineBorders, emitGather, type Gather, lineBytes } from './winograd-gather.ts'
import { DATA } from './winograd-matrices.ts'
import { emitScatter } from './winograd-scatter.ts'
import {
  bandCursor,
  bandsPerBlock,
  type Conv3x3,
  forEachBand,
  forEachPlane,
  gridOf,
  type Planes,
  planesOf,
  scratchParts,
} from './winograd-tiles.ts'

/**
 * Tiles that are transformed together. Few of them keep V and M in the L2 cache; but U passes by once for each block,
 * and from 256 channels and filters on it is so large that this costs more.
 */
export function blockTiles({ input: { channels }, output: { channels: filters } }: Conv3x3): number {
  return (channels * filters) / (channels + filters) < 100 ? 16 : 64
}

/** What a call works on at a time. */
function blockOf(conv: Conv3x3) {
  const { input, output, top, left } = conv
  const grid = gridOf(conv)
  const bands = bandsPerBlock(grid, blockTiles(conv))
  const v = planesOf(bands * grid.tiles, input.channels)
  const m = planesOf(bands * grid.tiles, output.channels)
  const gather: Gather = { images: input, grid, matrix: DATA, top, left, planes: v }
  const parts = scratchParts({ v: v.bytes, m: m.bytes, line: lineBytes(gather) })
  return { grid, bands, v, m, gather, parts }
}

export const resultScratchBytes = (conv: Conv3x3) => blockOf(conv).parts.bytes

/** Writes a kernel whose operands are images and the filters that `prepareFilter` made of its weights; pieces are bands. */
export function emitResults(f: FunctionBuilder, params: KernelParams, call: KernelCall, conv: Conv3x3): void {
  const { inputs, output, scratch, begin, end } = params
  const { grid, bands, v, m, gather, parts } = blockOf(conv)
  const u = filterPlanes(conv.input.channels, conv.output.channels)
  const epilogue = new Epilogue(call, { startsSums: false })
  const scatter = { name: f.name, images: conv.output, grid, planes: m, epilogue }
  const extras = epilogue.args(f, params)
  const part = parts.open(f, scratch)
  const firstBand = call.inPieces ? begin : 0
  const read = bandCursor(f, inputs[0], conv.input, grid, firstBand)
  const write = bandCursor(f, output, conv.output, grid, firstBand)
  const product = productFunction(f.module, call, conv, v, m)
  clearLineBorders(f, gather, part.line)
  const all = i32.mul(i32.sub(end, begin), call.inPieces ? 1 : grid.bands)
  forEachTile(f, [0, all], bands, (_first, count) => {
    forEachBand(f, read, count, { first: part.v, step: grid.tiles * v.tile }, (place) =>
      emitGather(f, gather, read, part.line, place),
    )
    const tiles = f.let(i32.mul(count, grid.tiles))
    const operands = [
      { at: part.v, planes: v },
      { at: inputs[1], planes: u },
      { at: part.m, planes: m },
    ]
    forEachPlane(f, operands, (rows, panels, result) => f.call(product, rows, panels, result, tiles))
    forEachBand(f, write, count, { first: part.m, step: grid.tiles * m.tile }, (place) =>
      emitScatter(f, scatter, write, place, extras),
    )
  })
}

/** A function (rows of V, panels of U, rows of M, row count) for one point. */
function productFunction(
  module: ModuleBuilder,
  call: KernelCall,
  conv: Conv3x3,
  v: Planes,
  m: Planes,
): FunctionBuilder {
  const [depth, cols] = [conv.input.channels, conv.output.channels]
  const name = `winograd.product.${depth}x${cols}.${tileName(call.machine)}`
  const size = tileSize(call.machine)
  const shape = { depth, cols, leftPitch: v.tile, resultPitch: m.tile, size, epilogue: Epilogue.none }
  return module.shared(name, () => emitProduct(module, name, shape))
}
