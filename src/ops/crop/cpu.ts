/** @file Windows of pictures in WebAssembly: pixels are copied whole, with the padding of their channels. */
import { type I32, i32, type Local, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { forEachImage } from '../cpu/loops.ts'
import { storageOf } from '../cpu/storage.ts'
import { nums } from '../rules/attrs.ts'

export const cropKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [x, places] = params.inputs
    forEachImage(f, params, call, () => {
      f.zero(params.output, storageOf(node).bytes)
      eachPixel(f, { window: node, picture: node.inputs[0], node, places }, (inWindow, inPicture) =>
        copyPixel(f, node, i32.add(x, inPicture), i32.add(params.output, inWindow)),
      )
    })
  },
}

export const cropGradKernel: CpuKernel = {
  variants: () => ['pixels'],
  emit(f, params, call) {
    const { node } = call
    const [dy, places] = params.inputs
    forEachImage(f, params, call, () => {
      f.zero(params.output, storageOf(node).bytes)
      eachPixel(f, { window: node.inputs[0], picture: node, node, places }, (inWindow, inPicture) =>
        copyPixel(f, node, i32.add(dy, inWindow), i32.add(params.output, inPicture)),
      )
    })
  },
}

interface Move {
  readonly window: Node
  readonly picture: Node
  readonly node: Node
  readonly places: Local<'i32'>
}

/** Runs the body for each pixel of one image's window that lies inside its picture, with the byte offsets of both. */
function eachPixel(
  f: FunctionBuilder,
  { window, picture, node, places }: Move,
  body: (inWindow: Local<'i32'>, inPicture: Local<'i32'>) => void,
): void {
  const [, h, w] = window.shape
  const [, height, width] = picture.shape
  const [above, before] = nums(node.attrs, 'padding')
  const pixelBytes = storageOf(node).pitch * 4
  const rows = axisOf(f, { place: i32.load(places), mirror: i32.load(places, 8), length: h, padding: above })
  const columns = axisOf(f, { place: i32.load(places, 4), mirror: i32.load(places, 12), length: w, padding: before })
  const inWindow = f.let(i32.const(0))
  const row = f.let(rows.first)
  f.repeat(h, () => {
    f.if(
      i32.ltU(row, height),
      () => {
        const column = f.let(columns.first)
        const inPicture = f.let(i32.mul(i32.add(i32.mul(row, width), column), pixelBytes))
        const stepBytes = f.let(i32.mul(columns.step, pixelBytes))
        f.repeat(w, () => {
          f.if(i32.ltU(column, width), () => body(inWindow, inPicture))
          f.inc(column, columns.step)
          f.inc(inPicture, stepBytes)
          f.inc(inWindow, pixelBytes)
        })
      },
      () => f.inc(inWindow, w * pixelBytes),
    )
    f.inc(row, rows.step)
  })
}

interface Axis {
  /** Where the window begins, counted from the padding. */
  readonly place: I32
  /** Odd when mirrored. */
  readonly mirror: I32
  /** Of the window. */
  readonly length: number
  readonly padding: number
}

/** Where along one axis of the picture the window's first pixel comes from, and the step from there to the next: 1 or -1. */
function axisOf(f: FunctionBuilder, { place, mirror, length, padding }: Axis) {
  const mirrored = f.let(i32.and(mirror, 1))
  const first = f.let(i32.add(i32.add(place, i32.mul(mirrored, length - 1)), -padding))
  return { first, step: f.let(i32.sub(1, i32.shl(mirrored, 1))) }
}

function copyPixel(f: FunctionBuilder, node: Node, from: I32, to: I32): void {
  const [source, target] = [f.let(from), f.let(to)]
  const vectors = storageOf(node).pitch / 4
  if (vectors <= 4) for (let v = 0; v < vectors; v++) f.store(target, v128.load(source, 16 * v), 16 * v)
  else f.range(0, 16 * vectors, 16, (at) => f.store(i32.add(target, at), v128.load(i32.add(source, at))))
}
