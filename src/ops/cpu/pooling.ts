/**
 * @file The loops of pooling kernels: over the windows of an image, over blocks of channels, over the
 * taps of a window. Windows inside of the picture get straight code; those that padding clips, and
 * large ones, loop over their taps.
 */
import { f32x4, type I32, type IntLike, i32, int, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import { windowOf } from '../rules/window.ts'
import type { CpuKernel, KernelCall, KernelParams } from './contract.ts'
import { Epilogue } from './epilogue.ts'
import { forEachImage } from './loops.ts'
import { storageOf } from './storage.ts'

/** Vectors of channels that are worked on together. */
const BLOCK = 4
/** Windows with at most so many taps get straight code. */
const UNROLLED_TAPS = 16

/** One axis of a picture and of the windows on it. */
interface Axis {
  readonly size: number
  readonly windows: number
  readonly pool: number
  readonly stride: number
  readonly before: number
}

/** A pooling of pictures [H,W,C] to [Ho,Wo,C]. */
export interface Pooling {
  readonly vertical: Axis
  readonly horizontal: Axis
  /** Vectors of channels in a pixel. */
  readonly vectors: number
}

/** The part of a window that lies inside of the picture. */
export interface PooledWindow {
  /** Bytes from the start of the image to its first pixel. */
  readonly at: Local<'i32'>
  /** Bytes from the start of the pooled image to its result. */
  readonly pooledAt: Local<'i32'>
  readonly rows: IntLike
  readonly columns: IntLike
}

export function poolingOf(picture: Node, pooled: Node, node: Node): Pooling {
  const { pool, strides, pads } = windowOf(node.attrs)
  const axis = (i: 0 | 1): Axis => ({
    size: picture.shape[i + 1],
    windows: pooled.shape[i + 1],
    pool: pool[i],
    stride: strides[i],
    before: pads[2 * i],
  })
  return { vertical: axis(0), horizontal: axis(1), vectors: storageOf(picture).pitch / 4 }
}

/** Where the last window ends, in pixels; it may lie outside of the picture. */
const lastEnd = ({ windows, stride, before, pool }: Axis): number => (windows - 1) * stride - before + pool
const clips = (axis: Axis): boolean => axis.before > 0 || lastEnd(axis) > axis.size
const overlaps = ({ windows, stride, pool }: Axis): boolean => windows > 1 && stride < pool
const hasGaps = (axis: Axis): boolean => (axis.windows > 1 && axis.stride > axis.pool) || lastEnd(axis) < axis.size

/** A kernel that makes one result of each window on a picture; a single image is cut into rows of windows. */
export function poolingKernel(
  emitWindow: (f: FunctionBuilder, pooling: Pooling, window: PooledWindow, x: Local<'i32'>, y: Local<'i32'>) => void,
): CpuKernel {
  return {
    variants: () => ['c16'],
    pieces: ({ node }) => node.shape[1],
    emit(f, params, call) {
      const { node } = call
      const { inputs, output, begin, end } = params
      const pooling = poolingOf(node.inputs[0], node, node)
      const windows = (rows?: Rows) =>
        eachWindow(f, pooling, (window) => emitWindow(f, pooling, window, inputs[0], output), rows)
      if (call.inPieces) windows([begin, end])
      else forEachImage(f, params, call, () => windows())
    },
  }
}

/** Rows [first, end) of windows. */
type Rows = readonly [IntLike, IntLike]

/** Visits the windows of one image in row-major order. The body is written once or twice. */
export function eachWindow(
  f: FunctionBuilder,
  pooling: Pooling,
  body: (window: PooledWindow) => void,
  [first, end]: Rows = [0, pooling.vertical.windows],
): void {
  const { vertical, horizontal, vectors } = pooling
  const pooledAt = f.let(i32.mul(first, horizontal.windows * vectors * 16))
  f.range(first, end, 1, (i) => {
    const rows = spanOf(f, vertical, i)
    f.range(0, horizontal.windows, 1, (j) => {
      const columns = spanOf(f, horizontal, j)
      const pixel = i32.add(i32.mul(rows.first, horizontal.size), columns.first)
      const at = f.let(i32.mul(pixel, vectors * 16))
      const whole = () => body({ at, pooledAt, rows: vertical.pool, columns: horizontal.pool })
      const clipped = () => body({ at, pooledAt, rows: rows.count, columns: columns.count })
      const isWhole = i32.and(i32.eq(rows.count, vertical.pool), i32.eq(columns.count, horizontal.pool))
      if (clips(vertical) || clips(horizontal)) f.if(isWhole, whole, clipped)
      else whole()
      f.inc(pooledAt, vectors * 16)
    })
  })
}

/** The pixels of the window with this number along one axis. */
function spanOf(f: FunctionBuilder, axis: Axis, number: Local<'i32'>): { first: I32; count: IntLike } {
  const start = f.let(i32.sub(i32.mul(number, axis.stride), axis.before))
  if (!clips(axis)) return { first: start, count: axis.pool }
  const end = f.let(i32.add(start, axis.pool))
  const first = f.let(i32.select(start, 0, i32.gtS(start, 0)))
  return { first, count: f.let(i32.sub(i32.minS(end, axis.size), first)) }
}

/** Visits the channels of a pixel: `width` vectors from byte `channel` on. */
export function eachBlock(f: FunctionBuilder, vectors: number, body: (channel: I32, width: number) => void): void {
  const whole = Math.floor(vectors / BLOCK)
  if (whole === 1) body(int(0), BLOCK)
  else if (whole > 1) f.range(0, whole * BLOCK * 16, BLOCK * 16, (channel) => body(channel, BLOCK))
  if (vectors % BLOCK > 0) body(int(whole * BLOCK * 16), vectors % BLOCK)
}

/** Visits the pixels of a window in row-major order, each `offset` bytes behind the moving `at`, which starts at `from`. */
export function eachTap(
  f: FunctionBuilder,
  { horizontal, vectors }: Pooling,
  { rows, columns }: Pick<PooledWindow, 'rows' | 'columns'>,
  from: I32,
  body: (at: Local<'i32'>, offset: number) => void,
): void {
  const pixelBytes = vectors * 16
  const rowBytes = horizontal.size * pixelBytes
  const at = f.let(from)
  if (typeof rows === 'number' && typeof columns === 'number' && rows * columns <= UNROLLED_TAPS) {
    for (let tap = 0; tap < rows * columns; tap++)
      body(at, Math.floor(tap / columns) * rowBytes + (tap % columns) * pixelBytes)
    return
  }
  f.repeat(rows, () => {
    f.repeat(columns, () => {
      body(at, 0)
      f.inc(at, pixelBytes)
    })
    f.inc(at, i32.sub(rowBytes, i32.mul(columns, pixelBytes)))
  })
}

/** Puts the gradient of a picture together from those of its windows, in the call's output. */
export class PictureGradient {
  private readonly f: FunctionBuilder
  private readonly call: KernelCall
  private readonly pooling: Pooling
  private readonly output: Local<'i32'>
  private readonly epilogue: Epilogue
  private readonly epilogueArgs: { readonly [name: string]: Local<'i32'> }
  private readonly overlapping: boolean
  /** Each pixel is in exactly one window: it is written once, and that is its final value. */
  private readonly direct: boolean

  constructor(f: FunctionBuilder, call: KernelCall, params: KernelParams, pooling: Pooling) {
    const axes = [pooling.vertical, pooling.horizontal]
    this.f = f
    this.call = call
    this.pooling = pooling
    this.output = params.output
    this.epilogue = new Epilogue(call, { startsSums: false })
    this.epilogueArgs = Object.fromEntries(this.epilogue.args(f, params).map((arg, i) => [`extra${i}`, arg]))
    this.overlapping = axes.some(overlaps)
    this.direct = !this.overlapping && !axes.some(hasGaps)
  }

  /** Before the windows of an image. */
  begin(): void {
    if (!this.direct) this.f.zero(this.output, storageOf(this.call.node).bytes)
  }

  /** Adds to vector `vector` of the block of channels at `channel`; the block lies `offset` bytes behind `at`. */
  add(value: V128, { at, offset, channel, vector }: Target): void {
    const { f, output, overlapping, direct } = this
    const address = i32.add(output, at)
    const addressOffset = offset + 16 * vector
    if (direct)
      this.epilogue.store(f, this.epilogueArgs, value, {
        address,
        addressOffset,
        column: channel,
        columnOffset: 16 * vector,
      })
    else f.store(address, overlapping ? f32x4.add(v128.load(address, addressOffset), value) : value, addressOffset)
  }

  /** After the windows of an image: what could not be applied while values were incomplete. */
  end(): void {
    const { f, call, output, pooling, epilogue } = this
    if (this.direct || call.epilogue.length === 0) return
    const pixel = f.let(output)
    f.repeat(pooling.vertical.size * pooling.horizontal.size, () => {
      eachBlock(f, pooling.vectors, (channel, width) => {
        const address = f.let(i32.add(pixel, channel))
        for (let v = 0; v < width; v++)
          epilogue.store(f, this.epilogueArgs, v128.load(address, 16 * v), {
            address,
            addressOffset: 16 * v,
            column: channel,
            columnOffset: 16 * v,
          })
      })
      f.inc(pixel, pooling.vectors * 16)
    })
  }
}

interface Target {
  readonly at: I32
  readonly offset: number
  readonly channel: I32
  readonly vector: number
}
