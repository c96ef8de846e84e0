/** @file Means, sums and maxima along axes: pooling over all of a picture, or over a sequence that they are laid out as. */
import { layers } from '../nn/layers/index.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { axesOf } from './constants.ts'
import { type Importer, type ImportScope, isSpatial, layerOver, type Value } from './import-scope.ts'
import { channelsFirst, sameOrder } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

type Pool = 'Average' | 'Max'

/** What is reduced, along these axes of the file; never along the batch. */
interface Reduction {
  readonly value: Value
  readonly axes: readonly number[]
  readonly keepdims: boolean
}

function reductionOf(node: NodeArgs, scope: ImportScope): Reduction {
  const value = scope.value(node, 0)
  const rank = value.shape.length
  const given = axesOf(node, scope.constantOrNone(node, 1)) ?? []
  // None means all, the batch with them.
  const axes = given.map((axis) => node.axis(axis, rank)).toSorted((a, b) => a - b)
  if (axes.length === 0 || axes.includes(0) || new Set(axes).size < axes.length)
    throw node.unsupported('different axes other than that of the batch are needed', given)
  return { value, axes, keepdims: node.int('keepdims', 1) !== 0 }
}

function pooled(node: NodeArgs, scope: ImportScope, reduction: Reduction, pool: Pool): Value {
  const { value, axes } = reduction
  const isWhole = isSpatial(value) && axes.join() === sameOrder(value.shape.length).slice(2).join()
  return isWhole ? overPicture(node, scope, reduction, pool) : overSequence(node, scope, reduction, pool)
}

/** Over height and width of pictures, or over the steps of sequences. */
function overPicture(node: NodeArgs, scope: ImportScope, { value, keepdims }: Reduction, pool: Pool): Value {
  const x = scope.reordered(node, value, channelsFirst(value.shape.length))
  const layer = layerOver(x, `Global${pool}PoolingND`, { name: scope.name(node), keepdims })
  return scope.made(layer.apply(x.tensor), keepdims ? x.order : sameOrder(2))
}

const SEQUENCE_POOLS = { Average: layers.globalAveragePooling1d, Max: layers.globalMaxPooling1d }

/** The reduced axes become the steps of a sequence, [N, steps, all others], and the others their own axes again. */
function overSequence(node: NodeArgs, scope: ImportScope, { value, axes, keepdims }: Reduction, pool: Pool): Value {
  const { shape } = value
  const all = sameOrder(shape.length)
  const kept = all.slice(1).filter((axis) => !axes.includes(axis))
  const places = [0, ...axes, ...kept]
  const x = scope.reordered(
    node,
    value,
    all.map((axis) => places.indexOf(axis)),
  )
  const size = (of: readonly number[]) => sizeOf(of.map((axis) => shape[axis]))
  const named = (suffix: string) => ({ name: scope.name(node, suffix) })
  const steps = layers.reshape({ ...named('steps'), targetShape: [size(axes), size(kept)] }).apply(x.tensor)
  const short = SEQUENCE_POOLS[pool](named('')).apply(steps)
  const item = all.slice(1).flatMap((axis) => (axes.includes(axis) ? (keepdims ? [1] : []) : [shape[axis]]))
  // Here a number of each image is a vector of one.
  const targetShape = item.length > 0 ? item : [1]
  const whole = layers.reshape({ ...named('axes'), targetShape }).apply(short)
  return scope.made(whole, sameOrder(targetShape.length + 1))
}

function reduce(pool: Pool): Importer {
  return (node, scope) => pooled(node, scope, reductionOf(node, scope), pool)
}

const sum: Importer = (node, scope) => {
  const reduction = reductionOf(node, scope)
  const scale = sizeOf(reduction.axes.map((axis) => reduction.value.shape[axis]))
  const mean = pooled(node, scope, reduction, 'Average')
  return scope.elementwise(mean, layers.rescaling({ name: scope.name(node, 'sum'), scale }))
}

export const reduceImporters: { readonly [opType: string]: Importer } = {
  ReduceMax: reduce('Max'),
  ReduceMean: reduce('Average'),
  ReduceSum: sum,
}
