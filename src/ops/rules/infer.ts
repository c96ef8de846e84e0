/** @file What the shape rules of all ops share: one way to refuse operands, and the size of a sliding window's result. */
import { SeparableError } from '../../base/errors.ts'
import type { Attrs, TensorType } from '../../ir/node.ts'
import { type DType, type Shape, showShape } from '../../tensor/ndarray.ts'
import { nums } from './attrs.ts'

/** What a shape rule judges: the operands of `op`. */
export interface Operands {
  readonly op: string
  readonly inputs: readonly TensorType[]
  readonly attrs?: Attrs
}

/** @throws SeparableError (`shape`): `<op>: <rule>, received: <operands and attributes>` when the rule does not hold. */
export function demand(condition: boolean, { op, inputs, attrs = {} }: Operands, rule: string): asserts condition {
  if (condition) return
  const shown = [...inputs.map(showType), ...Object.entries(attrs).map(([key, value]) => `${key} ${value}`)]
  throw new SeparableError('shape', `${op}: ${rule}, received: ${shown.join(', ')}`)
}

function showType({ shape, dtype, batched }: TensorType): string {
  return `${showShape(shape)} ${dtype}${batched ? ' batched' : ''}`
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.batched === b.batched && sameShape(a.shape, b.shape)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, axis) => n === b[axis])
}

/** Pictures [N,H,W,C] of f32. */
export function isImages(type: TensorType): boolean {
  return type.batched && type.shape.length === 4 && type.dtype === 'f32'
}

/** Batched rows [N, ..., C] of f32. */
export function isRows(type: TensorType): boolean {
  return type.batched && type.shape.length >= 2 && type.dtype === 'f32'
}

/** f32 values that live longer than a batch: weights and their gradients. */
export function isWeights(type: TensorType, rank: number): boolean {
  return !type.batched && type.shape.length === rank && type.dtype === 'f32'
}

export function f32(shape: Shape, batched: boolean): TensorType {
  return { shape, dtype: 'f32' satisfies DType, batched }
}

/**
 * How a window moves over a picture: `strides` [vertical, horizontal], `dilation` [vertical, horizontal] and `pads`
 * [top, bottom, left, right] in pixels. Keras's 'same' and 'valid' are resolved before ops are built.
 */
export type Geometry = {
  readonly strides: readonly [number, number]
  readonly dilation: readonly [number, number]
  readonly pads: readonly [number, number, number, number]
}

/** The geometry among the attributes of a convolution or one of its gradients. */
export function geometryOf(attrs: Attrs): Geometry {
  const { strides, dilation, pads } = attrs as unknown as Geometry
  return { strides, dilation, pads }
}

/**
 * Rows and columns of positions at which a window fits into the padded picture; [0, 0] when the attributes make no
 * sense. Along one axis: floor((n + before + after - ((k - 1) dilation + 1)) / stride) + 1.
 */
export function windowPositions(size: Shape, kernel: Shape, attrs: Attrs): [number, number] {
  const [top, bottom, left, right] = nums(attrs, 'pads')
  const strides = nums(attrs, 'strides')
  const dilation = attrs.dilation ? nums(attrs, 'dilation') : [1, 1]
  const positive = [...size, ...kernel, ...strides, ...dilation].every((n) => Number.isInteger(n) && n > 0)
  const padsMakeSense = [top, bottom, left, right].every((n) => Number.isInteger(n) && n >= 0)
  if (!positive || !padsMakeSense) return [0, 0]
  const along = (axis: number, padding: number) => {
    const extent = (kernel[axis] - 1) * dilation[axis] + 1
    return Math.max(0, Math.floor((size[axis] + padding - extent) / strides[axis]) + 1)
  }
  return [along(0, top + bottom), along(1, left + right)]
}
