/**
 * @file Resizing and its adjoint in WebAssembly: one loop over the pixels of the resized picture, in which the neighbours
 * and their shares come from whole numbers, so that no rounding can pick another pixel.
 */
import { f32x4, type I32, i32, i32x4, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { type Corners, interpolate, type Neighbours, sharesOf } from '../cpu/corners.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'

export const resize2dKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [x] = params.inputs
    forEachImage(f, params, call, () =>
      eachPixel(f, node, { given: node.inputs[0], resized: node }, ({ corners, at }) => {
        const value = interpolate(f, corners, (corner) => v128.load(i32.add(x, corner)))
        f.store(i32.add(params.output, at), value)
      }),
    )
  },
}

export const resize2dGradKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [dy] = params.inputs
    forEachImage(f, params, call, () => {
      f.zero(params.output, storageOf(node).bytes)
      eachPixel(f, node, { given: node, resized: node.inputs[0] }, ({ corners, at }) => {
        const change = f.let(v128.load(i32.add(dy, at)))
        for (const { offset, share } of sharesOf(corners)) {
          const to = f.let(i32.add(params.output, offset))
          f.store(to, f32x4.add(v128.load(to), share ? f32x4.mul(change, share) : change))
        }
      })
    })
  },
}

interface Visit {
  readonly corners: Corners
  /** The vector of the resized picture, in bytes from its start. */
  readonly at: Local<'i32'>
}

/** Visits each vector of a `resized` picture that was made of a `given` one. */
function eachPixel(
  f: FunctionBuilder,
  { attrs }: Node,
  { given, resized }: { given: Node; resized: Node },
  body: (visit: Visit) => void,
): void {
  const [, height, width] = given.shape
  const [, rows, columns] = resized.shape
  const pixelBytes = storageOf(given).pitch * 4
  const along = (given: number, wanted: number, bytes: number, i: Local<'i32'>) =>
    attrs.interpolation === 'bilinear' && given > 1
      ? twoNeighbours(f, given, wanted, bytes, i)
      : nearest(f, given, wanted, bytes, i)
  const at = f.let(i32.const(0))
  f.range(0, rows, 1, (i) => {
    const vertical = along(height, rows, width * pixelBytes, i)
    f.range(0, columns, 1, (j) => {
      const horizontal = along(width, columns, pixelBytes, j)
      f.range(0, pixelBytes, 16, (channel) => {
        body({ corners: { rows: vertical, columns: horizontal, channel }, at })
        f.inc(at, 16)
      })
    })
  })
}

/** floor((i + 1/2) given / wanted) */
function nearest(f: FunctionBuilder, given: number, wanted: number, bytes: number, i: Local<'i32'>): Neighbours {
  const pixel = i32.divU(i32.mul(i32.add(i32.mul(i, 2), 1), given), 2 * wanted)
  return [{ at: f.let(i32.mul(given === 1 ? 0 : given === wanted ? i : pixel, bytes)) }]
}

function twoNeighbours(f: FunctionBuilder, given: number, wanted: number, bytes: number, i: Local<'i32'>): Neighbours {
  const place = f.let(i32.sub(i32.mul(i32.add(i32.mul(i, 2), 1), given), wanted))
  const inside = f.let(i32.select(place, 0, i32.gtS(place, 0)))
  const pixel = f.let(i32.divU(inside, 2 * wanted))
  const next = f.let(i32.add(pixel, 1))
  const rest = f.let(i32.sub(inside, i32.mul(pixel, 2 * wanted)))
  const share = (part: I32) => f.let(f32x4.mul(f32x4.convertI32x4S(i32x4.splat(part)), f32x4.const(1 / (2 * wanted))))
  return [
    { at: f.let(i32.mul(pixel, bytes)), share: share(i32.sub(2 * wanted, rest)) },
    { at: f.let(i32.mul(i32.minS(next, given - 1), bytes)), share: share(rest) },
  ]
}
