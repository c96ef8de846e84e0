/**
 * @file Means, sums and maxima along axes: pooling over all of a picture, or over a sequence that they are laid out as. And values
 * that repeat along axes: a sequence made longer.
 */
import { layers } from '../nn/layers/index.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { axesOf, broadcastShape } from './constants.ts'
import { type Importer, type ImportScope, isSpatial, layerOver, type Value } from './import-scope.ts'
import { OnnxFunction } from './layers.ts'
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
  // What happens when there are no axes, and there must be some.
  node.ignore('noop_with_empty_axes')
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

/** A value as a sequence, [N, steps, all others]: these axes become its steps. */
function asSequence(node: NodeArgs, scope: ImportScope, value: Value, axes: readonly number[]) {
  const { shape } = value
  const all = sameOrder(shape.length)
  const others = all.slice(1).filter((axis) => !axes.includes(axis))
  const places = [0, ...axes, ...others]
  const order = all.map((axis) => places.indexOf(axis))
  const { tensor } = scope.reordered(node, value, order)
  const targetShape = [axes, others].map((of) => sizeOf(of.map((axis) => shape[axis])))
  return { places, order, steps: layers.reshape({ name: scope.name(node, 'steps'), targetShape }).apply(tensor) }
}

/** The other axes become axes of their own again. */
function overSequence(node: NodeArgs, scope: ImportScope, { value, axes, keepdims }: Reduction, pool: Pool): Value {
  const { steps } = asSequence(node, scope, value, axes)
  const short = SEQUENCE_POOLS[pool]({ name: scope.name(node) }).apply(steps)
  const lengths = value.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  const item = lengths.filter((_, axis) => axis > 0 && (keepdims || !axes.includes(axis)))
  // Here a number of each image is a vector of one.
  const targetShape = item.length > 0 ? item : [1]
  const whole = layers.reshape({ name: scope.name(node, 'axes'), targetShape }).apply(short)
  return scope.made(whole, sameOrder(targetShape.length + 1))
}

function reduce(pool: Pool): Importer {
  return (node, scope) => pooled(node, scope, reductionOf(node, scope), pool)
}

function summed(node: NodeArgs, scope: ImportScope, reduction: Reduction): Value {
  const scale = sizeOf(reduction.axes.map((axis) => reduction.value.shape[axis]))
  const mean = pooled(node, scope, reduction, 'Average')
  return scope.elementwise(mean, layers.rescaling({ name: scope.name(node, 'sum'), scale }))
}

/** The root of the sum of squares. */
const norm: Importer = (node, scope) => {
  const { value, ...rest } = reductionOf(node, scope)
  const apply = (to: Value, name: 'square' | 'sqrt') =>
    scope.elementwise(to, new OnnxFunction({ name: scope.name(node, name), function: name }))
  return apply(summed(node, scope, { value: apply(value, 'square'), ...rest }), 'sqrt')
}

const expand: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const target = scope.constantOrNone(node, 1)
  if (!target) throw node.damaged('operand 1 is missing', target)
  const to = broadcastShape(node, value.shape, [...target.data])
  if (to.length !== value.shape.length || to[0] !== value.shape[0])
    throw node.unsupported('only axes other than the batch can repeat, and none can be new', to)
  const axes = sameOrder(to.length).filter((axis) => to[axis] !== value.shape[axis])
  if (axes.length === 0) return value
  const { steps, places, order } = asSequence(node, scope, value, axes)
  const size = sizeOf(axes.map((axis) => to[axis]))
  const long = layers.upSampling1d({ name: scope.name(node), size }).apply(steps)
  const targetShape = places.slice(1).map((axis) => to[axis])
  return scope.made(layers.reshape({ name: scope.name(node, 'axes'), targetShape }).apply(long), order)
}

export const reduceImporters: { readonly [opType: string]: Importer } = {
  Expand: expand,
  ReduceL2: norm,
  ReduceMax: reduce('Max'),
  ReduceMean: reduce('Average'),
  ReduceSum: (node, scope) => summed(node, scope, reductionOf(node, scope)),
}
