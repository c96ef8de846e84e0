/** @file The ONNX nodes for ops that move, repeat or add up elements along axes. */
import type { Node } from '../ir/node.ts'
import type { Resize } from '../ops/resize2d/op.ts'
import { num, nums } from '../ops/rules/attrs.ts'
import { type Emitter, Scope, type Value } from './export-scope.ts'
import { int, text } from './graph-writer.ts'
import { channelsFirst, inOrder, movesNothing, sameOrder } from './layout.ts'

/** The order in which a reshaped value needs no transpose and pictures have their channels first, if there is one. */
function reshape(node: Node, scope: Scope): Value {
  const [x] = node.inputs
  const { name, shape, order } = scope.value(x)
  const direct = movesNothing(shape, order)
  if (node.shape.length === 2 && !direct) return { name: '', shape: node.shape, order: sameOrder(2), pictures: x }
  const operand = direct ? name : scope.want(x, Scope.plain(x))
  const first = channelsFirst(node.shape.length)
  const result = movesNothing(node.shape, first) ? first : Scope.plain(node)
  if (node.shape.length === 2) return scope.make(node, result, 'Flatten', [operand], { axis: int(1) })
  // 0: this axis, the batch, as it is.
  const sizes = [0, ...inOrder(node.shape, result).slice(1)]
  return scope.make(node, result, 'Reshape', [operand, scope.writer.ints(`${node.label}/shape`, sizes)])
}

/** ONNX lists what comes before each axis, then what comes after; negative numbers cut off there too. */
function pad(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  const pads = [0, 0, ...nums(node.attrs, 'pads')]
  const sides = [0, 1].flatMap((side) => order.map((axis) => pads[2 * axis + side]))
  return scope.make(node, order, 'Pad', [name, scope.writer.ints(`${node.label}/pads`, sides)])
}

/** Axes change their places here: there only what they are called does. */
function permute(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  const axes = [0, ...nums(node.attrs, 'order').map((axis) => axis + 1)]
  return { name, shape: node.shape, order: order.map((axis) => axes.indexOf(axis)) }
}

/** Each channel repeated where it stands: [..., C] -> [..., C, 1] -> [..., C, times] -> [..., C times] */
function repeatChannels(node: Node, scope: Scope): Value {
  const [x] = node.inputs
  const times = num(node.attrs, 'times')
  if (x.shape.at(-1) === 1) {
    const { name, order } = scope.value(x)
    const repeats = order.map((axis) => (axis === order.length - 1 ? times : 1))
    return scope.make(node, order, 'Tile', [name, scope.writer.ints(`${node.label}/repeats`, repeats)])
  }
  const apart = reshaped(node, scope, scope.want(x, Scope.plain(x)), [...x.shape, 1])
  const repeats = scope.writer.ints(`${node.label}/repeats`, [...x.shape.map(() => 1), times])
  const tiled = scope.writer.node(node.label, 'Tile', [apart, repeats])
  return { name: reshaped(node, scope, tiled, node.shape), shape: node.shape, order: Scope.plain(node) }
}

/** The sums of channels that follow each other: [..., C times] -> [..., C, times] -> [..., C] */
function sumChannelGroups(node: Node, scope: Scope): Value {
  const [x] = node.inputs
  const last = node.shape.length - 1
  const sum = (operand: string, axis: number, keepdims: number) =>
    scope.writer.node(node.label, 'ReduceSum', [operand, scope.writer.ints(`${node.label}/axes`, [axis])], {
      keepdims: int(keepdims),
    })
  if (node.shape[last] === 1) {
    const { name, order } = scope.value(x)
    return { name: sum(name, order.indexOf(last), 1), shape: node.shape, order }
  }
  const apart = reshaped(node, scope, scope.want(x, Scope.plain(x)), [...node.shape, num(node.attrs, 'times')])
  return { name: sum(apart, last + 1, 0), shape: node.shape, order: Scope.plain(node) }
}

function reshaped(node: Node, scope: Scope, name: string, shape: readonly number[]): string {
  const sizes = scope.writer.ints(`${node.label}/shape`, [0, ...shape.slice(1)])
  return scope.writer.node(node.label, 'Reshape', [name, sizes])
}

/** Sizes would fix the batch, so factors say how large the result is. */
function resize2d(node: Node, scope: Scope): Value {
  const [x] = node.inputs
  const { size, interpolation } = node.attrs as unknown as Resize
  const factors = [1, 1, ...size.map((n, axis) => factorFor(x.shape[axis + 1], n))]
  const scales = scope.writer.floats(`${node.label}/scales`, Float32Array.from(factors), [4])
  const attributes = {
    mode: text(interpolation === 'nearest' ? 'nearest' : 'linear'),
    coordinate_transformation_mode: text('half_pixel'),
    nearest_mode: text('round_prefer_ceil'),
  }
  const order = channelsFirst(4)
  return scope.make(node, order, 'Resize', [scope.want(x, order), '', scales], attributes)
}

/** The least f32 whose product with `from`, rounded down, is `to`. */
function factorFor(from: number, to: number): number {
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  float[0] = to / from
  while (float[0] * from < to) bits[0]++
  return float[0]
}

export const shapeEmitters: { readonly [op: string]: Emitter } = {
  pad,
  permute,
  repeatChannels,
  reshape,
  resize2d,
  sumChannelGroups,
}
