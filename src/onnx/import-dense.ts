/** @file Products with a matrix, batch normalisation, and biases that stand in a node of their own. */
import type { OnnxTensor } from '../formats/onnx/types.ts'
import { layers } from '../nn/layers/index.ts'
import { broadcastShape, expand } from './constants.ts'
import { type Importer, type ImportScope, isSpatial, type Value } from './import-scope.ts'
import { channelsFirst, transpose } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

const gemm: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  if (value.shape.length !== 2 || node.int('transA', 0) !== 0)
    throw node.unsupported('the first operand must be [N,K], not transposed', value.shape)
  const weight = scope.weight(node, 1, 2)
  const transposed = node.int('transB', 0) !== 0
  const [features, units] = transposed ? weight.shape.toReversed() : weight.shape
  const alpha = node.float('alpha', 1)
  const rows = transposed ? transpose(weight.data, weight.shape, [1, 0]) : weight.data
  const kernel = alpha === 1 ? rows : rows.map((w) => alpha * w)
  const given = scope.constantOrNone(node, 2)
  node.ignore('broadcast')
  const beta = node.float('beta', 1)
  const own = given && { ...given, data: Float32Array.from(given.data, (b) => beta * b), kind: 'float' as const }
  return dense(node, scope, value, { features, units, kernel }, own)
}

const matMul: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const weight = scope.weight(node, 1, 2)
  const [features, units] = weight.shape
  if (value.shape.length < 2) throw node.unsupported('the first operand must have at least two axes', value.shape)
  return dense(node, scope, value, { features, units, kernel: weight.data })
}

interface Matrix {
  readonly features: number
  readonly units: number
  /** [features, units] */
  readonly kernel: Float32Array
}

function dense(node: NodeArgs, scope: ImportScope, value: Value, matrix: Matrix, ownBias?: OnnxTensor): Value {
  const { features, units, kernel } = matrix
  if (value.shape.at(-1) !== features)
    throw node.damaged(`the matrix [${features}, ${units}] does not fit the first operand`, value.shape)
  const rank = value.shape.length
  const bias = biasOf(node, scope, { count: units, axis: rank - 1, rank }, ownBias)
  const layer = layers.dense({ name: scope.name(node), units, useBias: bias !== undefined })
  const biases = bias ? [bias] : []
  const { pictures } = value
  if (!pictures) {
    const x = scope.reordered(node, value, scope.plain(value))
    return scope.made(scope.apply(layer, [x.tensor], [kernel, ...biases]), x.order)
  }
  const flat = layers.flatten({ name: scope.name(node, 'flatten') }).apply(pictures.tensor)
  const rows = rowsInOurOrder(pictures, kernel, units)
  return scope.made(scope.apply(layer, [flat], [rows, ...biases]), scope.plain(value))
}

/** The rows of a matrix for pictures that were flattened in the file's order, and now are in ours. */
function rowsInOurOrder({ shape, order }: Value, kernel: Float32Array, units: number): Float32Array {
  const item = shape.slice(1)
  const axes = item.map((_, axis) => order.indexOf(axis + 1) - 1)
  return transpose(kernel, [...item, units], [...axes, item.length])
}

/**
 * The bias of a layer: the node's own operand, or the constant that the only reader of its value adds to each channel.
 * @param channels where they are in the file: their number, the axis, and the number of axes
 */
export function biasOf(
  node: NodeArgs,
  scope: ImportScope,
  { count, axis, rank }: { readonly count: number; readonly axis: number; readonly rank: number },
  own: OnnxTensor | undefined,
): Float32Array | undefined {
  if (own) {
    const shape = broadcastShape(node, own.shape, [count])
    return Float32Array.from(expand(node, own, shape, scope.budget).data)
  }
  const [output] = node.node.outputs
  const reader = scope.onlyReader(output)
  if (reader?.opType !== 'Add' || reader.domain !== '') return undefined
  if (reader.attributes.size > 0) return undefined
  const other = scope.constants.get(reader.inputs.find((name) => name !== output) ?? '')
  if (other?.kind !== 'float' || other.shape.length > rank) return undefined
  const shape = [...new Array<number>(rank - other.shape.length).fill(1), ...other.shape]
  if (shape[axis] !== count || other.data.length !== count) return undefined
  scope.absorbed.add(reader)
  return other.data
}

const batchNormalization: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  if (value.shape.length < 2 || node.int('training_mode', 0) !== 0)
    throw node.unsupported('the operand must have channels, and the node must not train', value.shape)
  node.mustBe('spatial', 1)
  node.ignore('is_test')
  const x = scope.reordered(node, value, channelsFirst(value.shape.length))
  const layer = layers.batchNormalization({
    name: scope.name(node),
    epsilon: node.float('epsilon', 1e-5),
    momentum: node.float('momentum', 0.9),
  })
  const weights = [1, 2, 3, 4].map((index) => scope.weight(node, index, 1).data)
  return scope.made(scope.apply(layer, [x.tensor], weights), x.order)
}

/** Each channel of each picture or sequence by its own mean and spread: groups of one channel. */
const instanceNormalization: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  if (!isSpatial(value))
    throw node.unsupported('only pictures [N,C,H,W] and sequences [N,C,L] are supported', value.shape)
  const x = scope.reordered(node, value, channelsFirst(value.shape.length))
  const args = { name: scope.name(node), groups: -1, epsilon: node.float('epsilon', 1e-5) }
  const weights = [1, 2].map((index) => scope.weight(node, index, 1).data)
  return scope.made(scope.apply(layers.groupNormalization(args), [x.tensor], weights), x.order)
}

/** Along the last axis, which must be our last too. */
const layerNormalization: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const rank = value.shape.length
  if (node.axis(node.int('axis', -1), rank) !== rank - 1)
    throw node.unsupported('only the last axis is supported', value.shape)
  // Which numbers the mean is computed with.
  node.ignore('stash_type')
  const last = value.order[rank - 1] === rank - 1
  const x = last ? value : scope.reordered(node, value, scope.plain(value))
  const given = scope.constantOrNone(node, 2)
  const beta = given ? [scope.weight(node, 2, 1).data] : []
  const layer = layers.layerNormalization({
    name: scope.name(node),
    epsilon: node.float('epsilon', 1e-5),
    center: given !== undefined,
  })
  return scope.made(scope.apply(layer, [x.tensor], [scope.weight(node, 1, 1).data, ...beta]), x.order)
}

export const denseImporters: { readonly [opType: string]: Importer } = {
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
}
