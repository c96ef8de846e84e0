/** @file Average-pooling and its gradient in WebAssembly; padding does not count. */
import { f32, f32x4, i32, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { forEachImage } from '../cpu/loops.ts'
import {
  eachBlock,
  eachTap,
  eachWindow,
  PictureGradient,
  type PooledWindow,
  type Pooling,
  poolingKernel,
  poolingOf,
} from '../cpu/pooling.ts'

type Pointer = Local<'i32'>

export const avgPool2dKernel: CpuKernel = poolingKernel(emitMean)

function emitMean(f: FunctionBuilder, pooling: Pooling, window: PooledWindow, x: Pointer, y: Pointer): void {
  const area = areaOf(f, window)
  eachBlock(f, pooling.vectors, (channel, width) => {
    const sums = Array.from({ length: width }, () => f.let(f32x4.const(0)))
    eachTap(f, pooling, window, i32.add(window.at, channel), (at, offset) => {
      sums.forEach((sum, v) => {
        f.set(sum, f32x4.add(sum, v128.load(i32.add(x, at), offset + 16 * v)))
      })
    })
    const to = f.let(i32.add(i32.add(y, window.pooledAt), channel))
    sums.forEach((sum, v) => {
      f.store(to, f32x4.div(sum, area), 16 * v)
    })
  })
}

export const avgPool2dGradKernel: CpuKernel = {
  variants: () => ['c16'],
  emit(f, params, call) {
    const { node } = call
    const pooling = poolingOf(node, node.inputs[0], node)
    const gradient = new PictureGradient(f, call, params, pooling)
    forEachImage(f, params, call, () => {
      gradient.begin()
      eachWindow(f, pooling, (window) => emitShares(f, pooling, window, params.inputs[0], gradient))
      gradient.end()
    })
  },
}

/** Gives each pixel of the window its share of dy. */
function emitShares(
  f: FunctionBuilder,
  pooling: Pooling,
  window: PooledWindow,
  dy: Pointer,
  gradient: PictureGradient,
): void {
  const area = areaOf(f, window)
  eachBlock(f, pooling.vectors, (channel, width) => {
    const from = f.let(i32.add(i32.add(dy, window.pooledAt), channel))
    const shares = Array.from({ length: width }, (_, v) => f.let(f32x4.div(v128.load(from, 16 * v), area)))
    eachTap(f, pooling, window, i32.add(window.at, channel), (at, offset) => {
      shares.forEach((share, vector) => {
        gradient.add(share, { at, offset, channel, vector })
      })
    })
  })
}

/** The number of pixels in the window, in all lanes. */
function areaOf(f: FunctionBuilder, { rows, columns }: PooledWindow): V128 {
  const pixels = i32.mul(rows, columns)
  if (pixels.constant !== undefined) return f32x4.const(pixels.constant)
  return f.let(f32x4.splat(f32.convertI32S(pixels)))
}
