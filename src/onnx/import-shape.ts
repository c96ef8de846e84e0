/** @file Nodes that move or drop elements without computing with them. */
import type { OnnxNode } from '../formats/onnx/types.ts'
import { layers } from '../nn/layers/index.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'
import { axesOf, castsToFloat, permOf, reshapeTarget, sliceRanges, squeezed, unsqueezed } from './constants.ts'
import { type Importer, type ImportScope, isSpatial, layerOver, type Value } from './import-scope.ts'
import { OnnxSlice } from './layers.ts'
import { channelsFirst, equalOrder, inOrder, movesNothing, type Order, sameOrder } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

// ------------------------------------------------------------------------------ reshaping

function reshapes(targetOf: (node: NodeArgs, shape: Shape, scope: ImportScope) => Shape): Importer {
  return (node, scope) => {
    const value = scope.value(node, 0)
    return reshaped(node, scope, value, targetOf(node, value.shape, scope))
  }
}

function reshaped(node: NodeArgs, scope: ImportScope, value: Value, target: Shape): Value {
  if (target[0] !== value.shape[0] || target.length < 2)
    throw node.unsupported('the batch must stay an axis of its own, the first', target)
  if (target.length === value.shape.length && target.every((size, axis) => size === value.shape[axis])) return value
  const ours = [scope.batch, ...(value.tensor.shape.slice(1) as number[])]
  if (movesNothing(ours, value.order)) return reshapedInPlace(node, scope, value, target)
  const inFileOrder = () => reshapedInPlace(node, scope, scope.reordered(node, value, scope.plain(value)), target)
  if (target.length !== 2) return inFileOrder()
  let made: Value | undefined
  return {
    // Made only when something other than a dense layer asks.
    get tensor() {
      made ??= inFileOrder()
      return made.tensor
    },
    shape: target,
    order: sameOrder(2),
    pictures: value,
  }
}

/** Elements follow each other as in the file. Pictures get their channels last where that moves nothing. */
function reshapedInPlace(node: NodeArgs, scope: ImportScope, { tensor }: Value, target: Shape): Value {
  if (target.length === 2 && tensor.shape.length > 2)
    return scope.made(layers.flatten({ name: scope.name(node) }).apply(tensor), sameOrder(2))
  const first = target.length === 4 ? channelsFirst(4) : sameOrder(target.length)
  const last = first.map((_, axis) => target[first.indexOf(axis)])
  const order = movesNothing(last, first) ? first : sameOrder(target.length)
  const targetShape = (order === first ? last : target).slice(1)
  return scope.made(layers.reshape({ name: scope.name(node), targetShape }).apply(tensor), order)
}

const reshape = reshapes((node, shape, scope) => {
  const sizes = scope.constantOrNone(node, 1)
  return reshapeTarget(node, shape, sizes ? [...sizes.data] : (node.ints('shape') ?? []))
})

const flatten = reshapes((node, shape) => {
  const axis = node.int('axis', 1)
  if (axis !== 1 && axis !== 1 - shape.length) throw node.unsupported('only axis 1 is supported', axis)
  return [shape[0], sizeOf(shape.slice(1))]
})

const transpose: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const perm = permOf(node, value.shape.length)
  if (perm[0] !== 0) throw node.unsupported('the batch must stay the first axis', perm)
  return { tensor: value.tensor, shape: inOrder(value.shape, perm), order: inOrder(value.order, perm) }
}

// ------------------------------------------------------------------------------ joining and cutting

const concat: Importer = (node, scope) => {
  const [first, ...others] = node.node.inputs.map((_, i) => scope.value(node, i))
  const axis = node.axis(node.int('axis', 1), first.shape.length)
  if (axis === 0) throw node.unsupported('the axis of the batch is not supported', axis)
  if (others.some(({ shape }) => shape.length !== first.shape.length))
    throw node.damaged('the operands must have equally many axes', others.length)
  const inputs = [first, ...others.map((value) => scope.reordered(node, value, first.order))].map(
    ({ tensor }) => tensor,
  )
  if (inputs.length === 1) return first
  const layer = layers.concatenate({ name: scope.name(node), axis: first.order[axis] })
  return scope.made(scope.apply(layer, inputs), first.order)
}

const slice: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const ranges = sliceRanges(node, value.shape, (index) => scope.constantOrNone(node, index))
  if (ranges.some(({ step }) => step !== 1))
    throw node.unsupported(
      'only steps of 1 are supported',
      ranges.map(({ step }) => step),
    )
  return cut(node, scope, value, ranges)
}

function cut(
  node: NodeArgs,
  scope: ImportScope,
  value: Value,
  ranges: readonly { readonly begin: number; readonly count: number }[],
): Value {
  if (ranges[0].begin !== 0 || ranges[0].count !== value.shape[0])
    throw node.unsupported('the batch must stay whole', ranges[0])
  if (ranges.every(({ begin, count }, axis) => begin === 0 && count === value.shape[axis])) return value
  const ours = value.order.map((_, axis) => ranges[value.order.indexOf(axis)]).slice(1)
  const sizes = value.tensor.shape.slice(1) as number[]
  if (isSpatial(value) && ours.at(-1)?.count === sizes.at(-1)) {
    const cropping = ours.slice(0, -1).map(({ begin, count }, axis) => [begin, sizes[axis] - begin - count])
    const layer = layerOver(value, 'CroppingND', { name: scope.name(node), cropping })
    return scope.made(layer.apply(value.tensor), value.order)
  }
  const layer = new OnnxSlice({
    name: scope.name(node),
    begin: ours.map(({ begin }) => begin),
    size: ours.map(({ count }) => count),
  })
  return scope.made(layer.apply(value.tensor), value.order)
}

const split: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const axis = node.axis(node.int('axis', 0), value.shape.length)
  const parts = node.node.outputs.length
  // As many as there are results.
  node.ignore('num_outputs')
  const even = Math.ceil(value.shape[axis] / parts)
  const given = axesOf(node, scope.constantOrNone(node, 1), 'split')
  const sizes = given ?? Array.from({ length: parts }, (_, i) => Math.min(even, value.shape[axis] - i * even))
  if (sizes.length !== parts || sizes.reduce((sum, size) => sum + size, 0) !== value.shape[axis])
    throw node.damaged(`the parts do not add up to ${value.shape[axis]}`, sizes)
  let begin = 0
  return sizes.map((count) => {
    const whole = value.shape.map((size) => ({ begin: 0, count: size }))
    const part = cut(node, scope, value, whole.with(axis, { begin, count }))
    begin += count
    return part
  })
}

const pad: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const rank = value.shape.length
  const mode = node.text('mode', 'constant')
  const fill = scope.constantOrNone(node, 2)?.data[0] ?? node.float('value', 0)
  if (mode !== 'constant' || fill !== 0)
    throw node.unsupported('only zeros are supported', mode === 'constant' ? fill : mode)
  const given = axesOf(node, scope.constantOrNone(node, 1), 'pads') ?? []
  const axes = axesOf(node, scope.constantOrNone(node, 3), 'axes') ?? sameOrder(rank)
  const sides = Array.from({ length: rank }, (): [number, number] => [0, 0])
  axes.forEach((axis, i) => {
    sides[node.axis(axis, rank)] = [given[i] ?? 0, given[i + axes.length] ?? 0]
  })
  if (sides.flat().every((n) => n === 0)) return value
  const [batch, channels, ...padding] = sides
  if (!isSpatial(value) || [batch, channels].flat().some((n) => n !== 0) || sides.flat().some((n) => n < 0))
    throw node.unsupported('only pads around pictures [N,C,H,W] and sequences [N,C,L] are supported', sides)
  const x = scope.reordered(node, value, channelsFirst(rank))
  const layer = layerOver(x, 'ZeroPaddingND', { name: scope.name(node), padding })
  return scope.made(layer.apply(x.tensor), x.order)
}

/** From channels to pixels, as in networks that enlarge pictures (Shi et al., CVPR 2016), and back. */
function blocks(node: NodeArgs, scope: ImportScope): { readonly x: Value; readonly size: number } {
  const value = scope.value(node, 0)
  const size = node.int('blocksize', 0)
  if (value.shape.length !== 4 || size < 1) throw node.damaged('pictures and a blocksize are needed', value.shape)
  return { x: scope.reordered(node, value, channelsFirst(4)), size }
}

interface Rearrangement {
  /** [N,H,W,C] with its axes cut, their new order, and what they are put together to; sizes without the batch. */
  readonly cut: Shape
  readonly dims: readonly number[]
  readonly joined: Shape
}

function rearranged(
  node: NodeArgs,
  scope: ImportScope,
  { tensor, order }: Value,
  { cut, dims, joined }: Rearrangement,
) {
  if ([...cut, ...joined].some((length) => !Number.isInteger(length)))
    throw node.damaged('the blocksize does not divide the sizes of the picture', tensor.shape)
  const parts = layers.reshape({ name: scope.name(node, 'cut'), targetShape: cut }).apply(tensor)
  const turned = layers.permute({ name: scope.name(node, 'permute'), dims }).apply(parts)
  return scope.made(layers.reshape({ name: scope.name(node), targetShape: joined }).apply(turned), order)
}

const depthToSpace: Importer = (node, scope) => {
  const { x, size } = blocks(node, scope)
  const [height, width, channels] = x.tensor.shape.slice(1) as number[]
  const depth = channels / size ** 2
  const isColumnFirst = node.text('mode', 'DCR') === 'CRD'
  return rearranged(node, scope, x, {
    cut: [height, width, ...(isColumnFirst ? [depth, size, size] : [size, size, depth])],
    dims: isColumnFirst ? [1, 4, 2, 5, 3] : [1, 3, 2, 4, 5],
    joined: [height * size, width * size, depth],
  })
}

const spaceToDepth: Importer = (node, scope) => {
  const { x, size } = blocks(node, scope)
  const [height, width, channels] = x.tensor.shape.slice(1) as number[]
  return rearranged(node, scope, x, {
    cut: [height / size, size, width / size, size, channels],
    dims: [1, 3, 2, 4, 5],
    joined: [height / size, width / size, channels * size ** 2],
  })
}

// ------------------------------------------------------------------------------ nothing at all

const same: Importer = (node, scope) => scope.value(node, 0)

const cast: Importer = (node, scope) => {
  if (!castsToFloat(node)) throw node.unsupported('only casts to floats are supported', node.int('to', 0))
  return scope.value(node, 0)
}

const dropout: Importer = (node, scope) => {
  const rate = scope.constantOrNone(node, 1)?.data[0] ?? node.float('ratio', 0.5)
  if (scope.constantOrNone(node, 2)?.data[0]) throw node.unsupported('the node must not train', true)
  node.ignore('seed', 'is_test')
  const layer = layers.dropout({ name: scope.name(node), rate })
  return scope.elementwise(scope.value(node, 0), layer)
}

export const shapeImporters: { readonly [opType: string]: Importer } = {
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Cast: cast,
  Concat: concat,
  Dropout: dropout,
  Flatten: flatten,
  Identity: same,
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: reshapes((node, shape, scope) => squeezed(node, shape, axesOf(node, scope.constantOrNone(node, 1)))),
  Transpose: transpose,
  Unsqueeze: reshapes((node, shape, scope) => unsqueezed(node, shape, axesOf(node, scope.constantOrNone(node, 1)))),
}

/** Whether a node puts the axes of pictures in this order. */
export function isTurn({ opType, attributes }: OnnxNode, order: Order): boolean {
  const perm = attributes.get('perm')
  return opType === 'Transpose' && perm?.type === 'ints' && equalOrder(perm.value, order)
}
