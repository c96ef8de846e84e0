/**
 * @file Pictures under affine maps in WebAssembly, and the adjoint: one loop over the pixels of the moved picture, whose
 * points advance by whole numbers.
 */
import { f32x4, type I32, i32, i32x4, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Attrs, Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { type Corners, interpolate, type Neighbour, type Neighbours, sharesOf } from '../cpu/corners.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'
import { ONE_PIXEL } from './op.ts'

/** More than any point is away from the picture, in pixels. */
const FAR = 2 ** 16

export const affine2dKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [x, matrix] = params.inputs
    forEachImage(f, params, call, () =>
      eachPixel(f, node, matrix, (corners, at) => {
        const value = interpolate(f, corners, (corner) => v128.load(i32.add(x, corner)))
        f.store(i32.add(params.output, at), value)
      }),
    )
  },
}

export const affine2dGradKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [dy, matrix] = params.inputs
    forEachImage(f, params, call, () => {
      f.zero(params.output, storageOf(node).bytes)
      eachPixel(f, node, matrix, (corners, at) => {
        const change = f.let(v128.load(i32.add(dy, at)))
        for (const { offset, share } of sharesOf(corners)) {
          const to = f.let(i32.add(params.output, offset))
          f.store(to, f32x4.add(v128.load(to), share ? f32x4.mul(change, share) : change))
        }
      })
    })
  },
}

/** Visits each vector of one moved picture, with its bytes from the start and the corners it was made of. */
function eachPixel(
  f: FunctionBuilder,
  node: Node,
  matrix: Local<'i32'>,
  body: (corners: Corners, at: Local<'i32'>) => void,
): void {
  const [, height, width] = node.shape
  const pixelBytes = storageOf(node).pitch * 4
  const [a, b, c, d, e, g] = [0, 4, 8, 12, 16, 20].map((offset) => f.let(i32.load(matrix, offset)))
  const at = f.let(i32.const(0))
  const [rowStart, columnStart] = [f.let(c), f.let(g)]
  f.repeat(height, () => {
    const [row, column] = [f.let(rowStart), f.let(columnStart)]
    f.repeat(width, () => {
      const rows = neighboursOf(f, row, { size: height, bytes: width * pixelBytes, attrs: node.attrs })
      const columns = neighboursOf(f, column, { size: width, bytes: pixelBytes, attrs: node.attrs })
      f.range(0, pixelBytes, 16, (channel) => {
        body({ rows, columns, channel }, at)
        f.inc(at, 16)
      })
      f.inc(row, b)
      f.inc(column, e)
    })
    f.inc(rowStart, a)
    f.inc(columnStart, d)
  })
}

interface Axis {
  readonly size: number
  /** From one pixel to the next along this axis. */
  readonly bytes: number
  readonly attrs: Attrs
}

function neighboursOf(f: FunctionBuilder, point: Local<'i32'>, axis: Axis): Neighbours {
  if (axis.attrs.interpolation === 'nearest')
    return [neighbour(f, i32.shrS(i32.add(point, ONE_PIXEL / 2), 16), undefined, axis)]
  const below = f.let(i32.shrS(point, 16))
  const rest = f.let(i32.and(point, ONE_PIXEL - 1))
  return [neighbour(f, below, i32.sub(ONE_PIXEL, rest), axis), neighbour(f, i32.add(below, 1), rest, axis)]
}

/** What the axis shows at this pixel, with `share` in units of 2^-16; beyond the edges, where nothing is, no share of the first. */
function neighbour(f: FunctionBuilder, at: I32, share: I32 | undefined, { size, bytes, attrs }: Axis): Neighbour {
  const pixel = f.let(at)
  const asVector = (part: I32) => f.let(f32x4.mul(f32x4.convertI32x4S(i32x4.splat(part)), f32x4.const(1 / ONE_PIXEL)))
  if (attrs.fillMode === 'constant') {
    const inside = f.let(i32.ltU(pixel, size))
    return {
      at: f.let(i32.mul(i32.select(pixel, 0, inside), bytes)),
      share: asVector(i32.select(share ?? ONE_PIXEL, 0, inside)),
    }
  }
  const shown = f.let(i32.mul(continued(f, pixel, size, attrs.fillMode), bytes))
  return share ? { at: shown, share: asVector(share) } : { at: shown }
}

function continued(f: FunctionBuilder, pixel: Local<'i32'>, size: number, fillMode: unknown): I32 {
  if (fillMode === 'nearest') {
    const below = f.let(i32.minS(pixel, size - 1))
    return i32.select(below, 0, i32.gtS(below, 0))
  }
  const modulo = (period: number) => f.let(i32.remU(i32.add(pixel, period * Math.ceil(FAR / period)), period))
  if (fillMode === 'wrap') return modulo(size)
  const place = modulo(2 * size)
  return i32.select(place, i32.sub(2 * size - 1, place), i32.ltS(place, size))
}
