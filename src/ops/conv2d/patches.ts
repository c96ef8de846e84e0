/**
 * @file Patches: the inputs that meet the window at one output pixel, [taps, channels], as one row of a matrix.
 * Gathering them makes a convolution a product (for a tile of pixels at a time, never for whole images); scattering,
 * the transpose of gathering, adds products back to the pixels they belong to.
 */
import { f32x4, type I32, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../codegen/module.ts'
import type { Axes, Axis } from '../cpu/axis.ts'
import { scratchPitch } from '../cpu/product/row-source.ts'

export interface Patches {
  /** With divisor 1: each tap of each output falls on an input or outside. */
  readonly axes: Axes
  readonly channels: number
}

export const patchLength = ({ axes, channels }: Patches) => axes.rows.taps * axes.cols.taps * channels

/** Bytes from patch to patch. */
export const patchPitch = (patches: Patches) => scratchPitch(patchLength(patches))

/** A function (images, patches, first pixel, pixel count). */
export function emitGather(module: ModuleBuilder, patches: Patches): FunctionBuilder {
  const copy: VectorAction = (f, image, patch) =>
    f.store(patch.pointer, v128.load(image.pointer, image.offset), patch.offset)
  const clear: VectorAction = (f, _, patch) => f.store(patch.pointer, f32x4.const(0), patch.offset)
  return emitPatches(module, 'gather', patches, copy, clear)
}

/** The same with patches that are added to the image. */
export function emitScatter(module: ModuleBuilder, patches: Patches): FunctionBuilder {
  const add: VectorAction = (f, image, patch) => {
    const sum = f32x4.add(v128.load(image.pointer, image.offset), v128.load(patch.pointer, patch.offset))
    f.store(image.pointer, sum, image.offset)
  }
  return emitPatches(module, 'scatter', patches, add)
}

/** An address: a local plus a constant number of bytes. */
interface At {
  readonly pointer: Local<'i32'>
  readonly offset: number
}

/** What happens to four channels of one tap; the last ones of a tap may reach into the next, which follows. */
type VectorAction = (f: FunctionBuilder, image: At, patch: At) => void

function emitPatches(
  module: ModuleBuilder,
  verb: string,
  patches: Patches,
  inside: VectorAction,
  outside?: VectorAction,
): FunctionBuilder {
  const { axes, channels } = patches
  const geometry = [axes.rows, axes.cols].map((axis) => Object.values(axis).join('_'))
  const name = [verb, 'f32', 'nhwc', ...geometry, channels].join('.')
  const params = { image: 'i32', patch: 'i32', firstPixel: 'i32', pixels: 'i32' } as const
  return module.shared(name, () =>
    module.function(name, params, (f, p) => {
      const corner = cornerOf(f, axes, p.firstPixel)
      f.repeat(p.pixels, () => {
        visitTaps(f, patches, corner, p, inside, outside)
        f.inc(p.patch, patchPitch(patches))
        corner.next()
      })
    }),
  )
}

/** The input position of the first tap, which may lie outside. */
interface Corner {
  readonly row: Local<'i32'>
  readonly col: Local<'i32'>
  /** Moves on to the next output. */
  next(): void
}

function cornerOf(f: FunctionBuilder, { rows, cols }: Axes, pixel: Local<'i32'>): Corner {
  const output = f.let(i32.remU(pixel, cols.outputs))
  const at = (axis: Axis, position: I32) => f.let(i32.add(i32.mul(position, axis.outputStep), axis.offset))
  const row = at(rows, i32.divU(pixel, cols.outputs))
  const col = at(cols, output)
  const next = () => {
    f.inc(output, 1)
    f.inc(col, cols.outputStep)
    f.if(i32.eq(output, cols.outputs), () => {
      f.set(output, i32.const(0))
      f.set(col, i32.const(cols.offset))
      f.inc(row, rows.outputStep)
    })
  }
  return { row, col, next }
}

/** Visits all taps in order. Windows wholly inside, which are most, take no test for each tap. */
function visitTaps(
  f: FunctionBuilder,
  { axes: { rows, cols }, channels }: Patches,
  corner: Corner,
  { image, patch }: { image: Local<'i32'>; patch: Local<'i32'> },
  inside: VectorAction,
  outside?: VectorAction,
): void {
  const quads = Math.ceil(channels / 4)
  const origin = f.i32()
  const taps = Array.from({ length: rows.taps * cols.taps }, (_, index) => {
    const row = Math.floor(index / cols.taps) * rows.tapStep
    const col = (index % cols.taps) * cols.tapStep
    const imageOffset = (row * cols.inputs + col) * quads * 16
    return { row, col, imageOffset, patchAt: { pointer: patch, offset: index * channels * 4 } }
  })
  const nearest = Math.min(...taps.map(({ imageOffset }) => imageOffset))
  f.set(origin, i32.add(image, i32.mul(i32.add(i32.mul(corner.row, cols.inputs), corner.col), quads * 16)))
  f.if(
    i32.and(spansInside(rows, corner.row), spansInside(cols, corner.col)),
    () => {
      f.inc(origin, nearest)
      for (const { imageOffset, patchAt } of taps)
        eachVector(f, quads, { pointer: origin, offset: imageOffset - nearest }, patchAt, inside)
    },
    () => {
      const pointer = f.i32()
      for (const { row, col, imageOffset, patchAt } of taps) {
        f.set(pointer, i32.add(origin, imageOffset))
        const at = { pointer, offset: 0 }
        const isInside = i32.and(
          i32.ltU(i32.add(corner.row, row), rows.inputs),
          i32.ltU(i32.add(corner.col, col), cols.inputs),
        )
        f.if(
          isInside,
          () => eachVector(f, quads, at, patchAt, inside),
          outside && (() => eachVector(f, quads, at, patchAt, outside)),
        )
      }
    },
  )
}

/** Whether all taps lie in [0, inputs) when the first one is at `position`. */
function spansInside({ inputs, taps, tapStep }: Axis, position: I32): I32 {
  const last = (taps - 1) * tapStep
  return i32.ltU(i32.add(position, Math.min(0, last)), Math.max(0, inputs - Math.abs(last)))
}

const UNROLL = 4

function eachVector(f: FunctionBuilder, quads: number, image: At, patch: At, action: VectorAction): void {
  const some = (count: number, from: At, to: At) => {
    for (let i = 0; i < count; i++)
      action(f, { ...from, offset: from.offset + i * 16 }, { ...to, offset: to.offset + i * 16 })
  }
  if (quads <= UNROLL) {
    some(quads, image, patch)
    return
  }
  const [from, to] = [image, patch].map(({ pointer, offset }) => ({
    pointer: f.let(i32.add(pointer, offset)),
    offset: 0,
  }))
  f.repeat(Math.floor(quads / UNROLL), () => {
    some(UNROLL, from, to)
    f.inc(from.pointer, UNROLL * 16)
    f.inc(to.pointer, UNROLL * 16)
  })
  some(quads % UNROLL, from, to)
}
