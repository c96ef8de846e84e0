/** @file Values repeated along axes of size 1, as composites of ops: what layers need when shapes differ. */
import { itemShape, type Node } from '../ir/node.ts'
import { repeatChannels, reshape, resize2d, scale, sumChannelGroups } from '../ops/index.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'

/** [..., C] -> [..., 1] */
export function meanOfLast(x: Node): Node {
  const size = x.shape.at(-1) as number
  return scale(sumChannelGroups(x, size), 1 / size)
}

/** [N, ...] repeated to [N, ...item]: axes of size 1 grow, missing axes come first. */
export function repeatTo(x: Node, item: Shape): Node {
  const missing = item.slice(itemShape(x).length).map(() => 1)
  const from = [...missing, ...itemShape(x)]
  const grows = (axis: number) => from[axis] === 1 && item[axis] > 1
  const first = item.findIndex((_, axis) => grows(axis))
  if (first < 0) return missing.length === 0 ? x : reshape(x, item)
  let end = first
  while (end < item.length && grows(end)) end++
  const grown = [...from.slice(0, first), ...item.slice(first, end), ...from.slice(end)]
  const [outer, count, inner] = [from.slice(0, first), item.slice(first, end), from.slice(end)].map(sizeOf)
  return repeatTo(reshape(repeated(x, outer, count, inner), grown), item)
}

/** [N, outer, inner] -> [N, outer, count, inner], in some shape. */
function repeated(x: Node, outer: number, count: number, inner: number): Node {
  if (inner === 1) return repeatChannels(reshape(x, [outer, 1]), count)
  return resize2d(reshape(x, [outer, 1, inner]), { size: [outer, count], interpolation: 'nearest' })
}

/** The item shape of several values that are repeated to fit each other; undefined when they do not. */
export function commonShape(items: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...items.map(({ length }) => length))
  const aligned = items.map((item) => [...Array.from({ length: rank - item.length }, () => 1), ...item])
  const common = aligned[0].map((_, axis) => Math.max(...aligned.map((item) => item[axis])))
  const fits = aligned.every((item) => item.every((n, axis) => n === 1 || n === common[axis]))
  return fits ? common : undefined
}
