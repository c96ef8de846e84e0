/** @file Axes by number, as Keras counts them: 0 is the batch, -1 the last. */
import { received, SeparableError } from '../../base/errors.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { permute, reshape } from '../../ops/index.ts'
import { inverse } from '../../ops/permute/op.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { type Field, field } from '../schema.ts'

/**
 * The axis, counted without the batch.
 * @throws SeparableError (`argument`) when the item has no such axis
 */
export function itemAxis(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis - 1
  if (index >= 0 && index < rank) return index
  throw new SeparableError('argument', `axis must be 1 to ${rank} or -${rank} to -1, ${received(axis)}`)
}

/** Applies what works along the last axis, and keeps its size, along another one. */
export function alongLast(x: Node, axis: number, apply: (x: Node) => Node): Node {
  const axes = [...itemShape(x).keys()]
  const index = itemAxis(axis, axes.length)
  const swapped = axes.with(index, axes.length - 1).with(-1, index)
  return permute(apply(permute(x, swapped)), swapped)
}

type Axes = number | readonly number[]

const isAxis = (input: unknown): input is number => Number.isSafeInteger(input) && input !== 0

/** One axis or several, none of them that of the batch. */
export function axes(doc: string): Field<Axes, Axes, false> {
  return field({
    doc,
    expects: 'an integer other than 0, or a list of them',
    parse: (input) =>
      isAxis(input) || (Array.isArray(input) && input.length > 0 && input.every(isAxis)) ? input : undefined,
  })
}

/**
 * The axes in their order, counted without the batch.
 * @throws SeparableError (`argument`) when the item has no such axis, or one is named twice
 */
export function itemAxes(axes: Axes, rank: number): readonly number[] {
  const indices = [axes].flat().map((axis) => itemAxis(axis, rank))
  if (new Set(indices).size === indices.length) return indices.sort((a, b) => a - b)
  throw new SeparableError('argument', `axis must not name an axis twice, ${received(axes)}`)
}

/** The sizes of these axes. */
export function sizesAlong(item: Shape, axes: Axes): Shape {
  return itemAxes(axes, item.length).map((axis) => item[axis])
}

/** The axes of an item with these ones last. */
function orderFor(item: Shape, axes: Axes): readonly number[] {
  const last = itemAxes(axes, item.length)
  return [...[...item.keys()].filter((axis) => !last.includes(axis)), ...last]
}

/** The elements along these axes as rows: [N,...] -> [N,K,size]. */
export function rowsAlong(x: Node, axes: Axes): Node {
  const item = itemShape(x)
  const size = sizeOf(sizesAlong(item, axes))
  return reshape(permute(x, orderFor(item, axes)), [sizeOf(item) / size, size])
}

/** Applies what works on rows [N,K,size], and keeps their shape, to the elements along these axes. */
export function alongAxes(x: Node, axes: Axes, apply: (rows: Node) => Node): Node {
  const item = itemShape(x)
  const order = orderFor(item, axes)
  const ordered = order.map((axis) => item[axis])
  return permute(reshape(apply(rowsAlong(x, axes)), ordered), inverse(order))
}
