/** @file Max-pooling and its gradient in WebAssembly. */
import { f32x4, i32, type Local, v128 } from '../../codegen/expr.ts'
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

export const maxPool2dKernel: CpuKernel = poolingKernel(emitMaximum)

function emitMaximum(f: FunctionBuilder, pooling: Pooling, window: PooledWindow, x: Pointer, y: Pointer): void {
  eachBlock(f, pooling.vectors, (channel, width) => {
    const largest = Array.from({ length: width }, () => f.let(f32x4.const(-Infinity)))
    eachTap(f, pooling, window, i32.add(window.at, channel), (at, offset) => {
      largest.forEach((value, v) => {
        // `a < b ? b : a` with the pixel as a: a window full of NaN stays NaN. IEEE maximum is 5 times slower on x86.
        f.set(value, f32x4.pmax(v128.load(i32.add(x, at), offset + 16 * v), value))
      })
    })
    const to = f.let(i32.add(i32.add(y, window.pooledAt), channel))
    largest.forEach((value, v) => {
      f.store(to, value, 16 * v)
    })
  })
}

export const maxPool2dGradKernel: CpuKernel = {
  variants: () => ['c16'],
  emit(f, params, call) {
    const { node } = call
    const pooling = poolingOf(node, node.inputs[1], node)
    const gradient = new PictureGradient(f, call, params, pooling)
    forEachImage(f, params, call, () => {
      gradient.begin()
      eachWindow(f, pooling, (window) => emitRouting(f, pooling, window, params.inputs, gradient))
      gradient.end()
    })
  },
}

/** Hands dy to the first tap that equals y; the others get 0. */
function emitRouting(
  f: FunctionBuilder,
  pooling: Pooling,
  window: PooledWindow,
  [x, y, dy]: readonly Pointer[],
  gradient: PictureGradient,
): void {
  eachBlock(f, pooling.vectors, (channel, width) => {
    const pooledAt = f.let(i32.add(window.pooledAt, channel))
    const vectors = Array.from({ length: width }, (_, vector) => ({
      vector,
      maximum: f.let(v128.load(i32.add(y, pooledAt), 16 * vector)),
      left: f.let(v128.load(i32.add(dy, pooledAt), 16 * vector)),
    }))
    eachTap(f, pooling, window, i32.add(window.at, channel), (at, offset) => {
      for (const { vector, maximum, left } of vectors) {
        const isFirst = f.let(f32x4.eq(v128.load(i32.add(x, at), offset + 16 * vector), maximum))
        gradient.add(v128.and(left, isFirst), { at, offset, channel, vector })
        f.set(left, v128.andnot(left, isFirst))
      }
    })
  })
}
