/**
 * @file Axes on both sides. ONNX puts the channels of a picture first, [N,C,H,W], this library puts them last, [N,H,W,C].
 * No value is moved for that: each carries the order of its axes, and only what needs another order transposes.
 */
import { type Shape, sizeOf } from '../tensor/ndarray.ts'

/** Axis i of the ONNX value is axis `order[i]` of ours. */
export type Order = readonly number[]

/** The same axes on both sides. */
export function sameOrder(rank: number): Order {
  return Array.from({ length: rank }, (_, axis) => axis)
}

/** [N,C,H,W] there for [N,H,W,C] here, and alike for any number of axes but one. */
export function channelsFirst(rank: number): Order {
  return rank < 3 ? sameOrder(rank) : [0, rank - 1, ...sameOrder(rank - 1).slice(1)]
}

/** Sizes (or anything else that belongs to axes) in another order. */
export function inOrder<T>(axes: readonly T[], order: Order): T[] {
  return order.map((axis) => axes[axis])
}

export function equalOrder(a: Order, b: Order): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i])
}

/** Whether the elements follow each other alike in both orders, because only axes of size 1 change places. */
export function movesNothing(shape: Shape, order: Order): boolean {
  const long = order.filter((axis) => shape[axis] !== 1)
  return long.every((axis, i) => i === 0 || axis > long[i - 1])
}

/** Elements in another order of the axes: axis i of the result is axis `order[i]` of `shape`. */
export function transpose<T extends Float32Array | Float64Array>(data: T, shape: Shape, order: Order): T {
  const strides = inOrder(
    shape.map((_, axis) => sizeOf(shape.slice(axis + 1))),
    order,
  )
  const sizes = inOrder(shape, order)
  const result = data.slice() as T
  const [run, step] = [sizes.at(-1) ?? 1, strides.at(-1) ?? 1]
  const index = sizes.map(() => 0)
  let from = 0
  for (let to = 0; to < result.length; ) {
    for (const end = to + run, first = from; to < end; to++) result[to] = data[first + (to - end + run) * step]
    for (let axis = sizes.length - 2; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < sizes[axis]) break
      from -= strides[axis] * sizes[axis]
      index[axis] = 0
    }
  }
  return result
}
