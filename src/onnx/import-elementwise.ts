/** @file Functions of each element, and arithmetic on values and constants. */
import type { OnnxTensor } from '../formats/onnx/types.ts'
import type { Layer } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { alongAxis, broadcastShape, expand } from './constants.ts'
import type { Importer, ImportScope, Value } from './import-scope.ts'
import { type FunctionName, OnnxAffine, OnnxFunction } from './layers.ts'
import { transpose } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

// ------------------------------------------------------------------------------ one operand

type ActivationName = Parameters<typeof layers.activation>[0]['activation']

function activation(name: ActivationName): Importer {
  return (node, scope) =>
    scope.elementwise(scope.value(node, 0), layers.activation({ name: scope.name(node), activation: name }))
}

/** An activation whose attributes must be the usual ones. */
function fixedActivation(name: ActivationName, usual: { readonly [attribute: string]: number | string }): Importer {
  return (node, scope) => {
    for (const [key, value] of Object.entries(usual)) {
      const given = typeof value === 'number' ? node.float(key, value) : node.text(key, value)
      const isUsual = typeof given === 'number' ? Math.abs(given - Number(value)) < 1e-5 : given === value
      if (!isUsual) throw node.unsupported(`${key} must be ${value}`, given)
    }
    return activation(name)(node, scope)
  }
}

function unary(name: FunctionName): Importer {
  return (node, scope) =>
    scope.elementwise(scope.value(node, 0), new OnnxFunction({ name: scope.name(node), function: name }))
}

type ReLUArgs = Parameters<typeof layers.reLU>[0]

function rectified(node: NodeArgs, scope: ImportScope, args: ReLUArgs): Value {
  return scope.elementwise(scope.value(node, 0), layers.reLU({ name: scope.name(node), ...args }))
}

/** Limits are operands or, before opset 11, attributes. Those that are no rectifier's are one between two shifts. */
const clip: Importer = (node, scope) => {
  const limit = (index: number, name: string, none: number) =>
    scope.constantOrNone(node, index)?.data[0] ?? node.float(name, none)
  const [low, high] = [limit(1, 'min', -NO_LIMIT), limit(2, 'max', NO_LIMIT)]
  if (!(low > -NO_LIMIT && high > low))
    throw node.unsupported('a lower limit below the upper one is needed', [low, high])
  const args = high < NO_LIMIT ? { maxValue: high - low } : {}
  if (low === 0) return rectified(node, scope, args)
  const shifted = (value: Value, offset: number) =>
    scope.elementwise(value, layers.rescaling({ name: scope.name(node, 'shift'), scale: 1, offset }))
  const above = shifted(scope.value(node, 0), -low)
  return shifted(scope.elementwise(above, layers.reLU({ name: scope.name(node), ...args })), low)
}

/** What older files write for infinity. */
const NO_LIMIT = 3.4e38

/** max(0, min(1, alpha x + beta)) */
const hardSigmoid: Importer = (node, scope) => {
  const args = { scale: node.float('alpha', 0.2), offset: node.float('beta', 0.5) }
  const line = scope.elementwise(scope.value(node, 0), layers.rescaling({ name: scope.name(node, 'scale'), ...args }))
  return scope.elementwise(line, layers.reLU({ name: scope.name(node), maxValue: 1 }))
}

/** One slope, or one for each channel of pictures: [C,1,1]. */
const prelu: Importer = (node, scope) => {
  const slope = scope.constantOrNone(node, 1)
  const value = scope.value(node, 0)
  if (!slope) throw node.damaged('operand 1 is missing', slope)
  if (slope.data.length === 1 && slope.data[0] >= 0) return rectified(node, scope, { negativeSlope: slope.data[0] })
  if (value.order.length < 2 || !isPerChannel(slope, value))
    throw node.unsupported('only one slope, or one for each channel, is supported', slope.shape)
  const spatial = value.shape.slice(2).map((_, axis) => axis + 1)
  const layer = layers.prelu({ name: scope.name(node), sharedAxes: spatial.length > 0 ? spatial : null })
  return scope.made(scope.apply(layer, [value.tensor], [channelsOf(slope, value)]), value.order)
}

/** Along one axis; before opset 13 along all from an axis on, of which only one may be longer than 1. */
function softmax(activation: 'softmax' | 'logSoftmax'): Importer {
  return (node, scope) => {
    const value = scope.value(node, 0)
    const rank = value.shape.length
    const given = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank)
    const long = value.shape.map((_, axis) => axis).filter((axis) => axis >= given && value.shape[axis] !== 1)
    if (node.opset < 13 && long.length > 1)
      throw node.unsupported('several axes at once are not supported', value.shape)
    const axis = node.opset < 13 ? (long[0] ?? given) : given
    if (axis === 0) throw node.unsupported('the axis of the batch is not supported', axis)
    const x = value.order[axis] === rank - 1 ? value : scope.reordered(node, value, lastOf(rank, axis))
    return scope.elementwise(x, layers.activation({ name: scope.name(node), activation }))
  }
}

/** The order in which this axis of the file is our last one. */
function lastOf(rank: number, axis: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i > axis ? i - 1 : i))
}

const power: Importer = (node, scope) => {
  const exponent = scope.constantOrNone(node, 1)
  const name = exponent?.data.length === 1 ? POWERS.get(exponent.data[0]) : undefined
  if (!name) throw node.unsupported('only the powers -1, 0.5 and 2 are supported', exponent?.data.at(0))
  return unary(name)(node, scope)
}

const POWERS: ReadonlyMap<number, FunctionName> = new Map([
  [-1, 'reciprocal'],
  [0.5, 'sqrt'],
  [2, 'square'],
])

// ------------------------------------------------------------------------------ two operands

/** x factor + offset; either may be left out. */
interface Affine {
  readonly factor?: OnnxTensor
  readonly offset?: OnnxTensor
}

function number(value: number): OnnxTensor {
  return { kind: 'float', shape: [], data: Float32Array.of(value) }
}

function each({ shape, data }: OnnxTensor, compute: (x: number) => number): OnnxTensor {
  return { kind: 'float', shape, data: Float32Array.from(data, compute) }
}

/** How a constant meets a value, on the right and on the left of the sign. */
interface Meeting {
  readonly right: (c: OnnxTensor) => Affine
  readonly left: (c: OnnxTensor) => Affine
  /** What happens to the value on the right of a constant first. */
  readonly before?: FunctionName
}

const MEETINGS = {
  Add: { right: (c) => ({ offset: c }), left: (c) => ({ offset: c }) },
  Sub: { right: (c) => ({ offset: each(c, (x) => -x) }), left: (c) => ({ factor: number(-1), offset: c }) },
  Mul: { right: (c) => ({ factor: c }), left: (c) => ({ factor: c }) },
  Div: { right: (c) => ({ factor: each(c, (x) => 1 / x) }), left: (c) => ({ factor: c }), before: 'reciprocal' },
} satisfies Record<string, Meeting>

function arithmetic(sign: keyof typeof MEETINGS): Importer {
  return (node, scope) => {
    const [left, right] = [scope.constant(node, 0), scope.constant(node, 1)]
    const meeting: Meeting = MEETINGS[sign]
    if (scope.absorbed.has(node.node)) return scope.value(node, left ? 1 : 0)
    if (right) {
      const value = scope.value(node, 0)
      return affine(node, scope, value, meeting.right(alongAxis(node, right, value.shape.length)))
    }
    if (!left) return ofTwoValues(node, scope, sign)
    const value = scope.value(node, 1)
    const { before } = meeting
    const x = before
      ? scope.elementwise(value, new OnnxFunction({ name: scope.name(node, before), function: before }))
      : value
    return affine(node, scope, x, meeting.left(left))
  }
}

function affine(node: NodeArgs, scope: ImportScope, x: Value, { factor, offset }: Affine): Value {
  const constants = [factor, offset].flatMap((tensor) => (tensor ? [tensor] : []))
  const shape = constants.reduce((all, tensor) => broadcastShape(node, all, tensor.shape), x.shape)
  if (shape.length !== x.shape.length || shape.some((size, axis) => size !== x.shape[axis]))
    throw node.unsupported('the constant is larger than the value', shape)
  const name = scope.name(node)
  if (constants.every(({ data }) => data.length === 1)) {
    const layer = layers.rescaling({ name, scale: factor?.data[0] ?? 1, offset: offset?.data[0] ?? 0 })
    return scope.elementwise(x, layer)
  }
  const perChannel = constants.every((tensor) => isPerChannel(tensor, x))
  const layer = new OnnxAffine({ name, perChannel, useFactor: factor !== undefined, useOffset: offset !== undefined })
  const weights = constants.map((tensor) => (perChannel ? channelsOf(tensor, x) : itemOf(node, scope, tensor, x)))
  return scope.made(scope.apply(layer, [x.tensor], weights), x.order)
}

/** Whether a constant only differs along the axis that is our last. */
function isPerChannel({ shape, data }: OnnxTensor, { order }: Value): boolean {
  const rank = order.length
  const axis = order.indexOf(rank - 1) - (rank - shape.length)
  return data.length === 1 || shape[axis] === data.length
}

function channelsOf({ data }: OnnxTensor, { shape, order }: Value): Float32Array {
  const channels = shape[order.indexOf(order.length - 1)]
  return Float32Array.from({ length: channels }, (_, i) => data[data.length === 1 ? 0 : i])
}

/** A constant for each element of an item, in our order. */
function itemOf(node: NodeArgs, scope: ImportScope, tensor: OnnxTensor, { shape, order }: Value): Float32Array {
  const whole = [1, ...shape.slice(1)]
  if (tensor.shape.length === shape.length && tensor.shape[0] !== 1)
    throw node.unsupported('a constant that differs from image to image is not supported', tensor.shape)
  const { data } = expand(node, tensor, whole, scope.budget)
  return transpose(
    Float32Array.from(data),
    whole,
    order.map((_, axis) => order.indexOf(axis)),
  )
}

/** Values may repeat along axes of size 1; the one with the most elements says in which order. */
function merged(node: NodeArgs, scope: ImportScope, values: readonly Value[], layer: Layer): Value {
  const [largest] = values.toSorted((a, b) => sizeOf(b.shape) - sizeOf(a.shape))
  const other = values.find(({ shape }) => shape.length !== largest.shape.length)
  if (other) throw node.unsupported('only values with equally many axes are supported', [largest.shape, other.shape])
  const tensors = values.map((value) => scope.reordered(node, value, largest.order).tensor)
  return scope.made(scope.apply(layer, tensors), largest.order)
}

type MergingLayer = (args: { readonly name: string }) => Layer

/** Any number of values. */
function merge(layer: MergingLayer): Importer {
  return (node, scope) => {
    const values = node.node.inputs.map((_, i) => scope.value(node, i))
    return values.length === 1 ? values[0] : merged(node, scope, values, layer({ name: scope.name(node) }))
  }
}

function ofTwoValues(node: NodeArgs, scope: ImportScope, sign: keyof typeof MEETINGS): Value {
  const [a, b] = [scope.value(node, 0), scope.value(node, 1)]
  if (sign !== 'Div') return merged(node, scope, [a, b], MERGING[sign]({ name: scope.name(node) }))
  const name = scope.name(node, 'reciprocal')
  const inverse = scope.elementwise(b, new OnnxFunction({ name, function: 'reciprocal' }))
  return merged(node, scope, [a, inverse], layers.multiply({ name: scope.name(node) }))
}

const MERGING = { Add: layers.add, Sub: layers.subtract, Mul: layers.multiply } satisfies Record<string, MergingLayer>

export const elementwiseImporters: { readonly [opType: string]: Importer } = {
  Abs: unary('abs'),
  Add: arithmetic('Add'),
  Celu: fixedActivation('celu', { alpha: 1 }),
  Clip: clip,
  Div: arithmetic('Div'),
  Elu: (node, scope) =>
    scope.elementwise(scope.value(node, 0), layers.elu({ name: scope.name(node), alpha: node.float('alpha', 1) })),
  Erf: unary('erf'),
  Exp: unary('exp'),
  Gelu: fixedActivation('gelu', { approximate: 'none' }),
  HardSigmoid: hardSigmoid,
  HardSwish: activation('hardSilu'),
  LeakyRelu: (node, scope) => rectified(node, scope, { negativeSlope: node.float('alpha', 0.01) }),
  Log: unary('log'),
  LogSoftmax: softmax('logSoftmax'),
  Max: merge(layers.maximum),
  Mean: merge(layers.average),
  Min: merge(layers.minimum),
  Mish: activation('mish'),
  Mul: arithmetic('Mul'),
  Neg: unary('neg'),
  Pow: power,
  PRelu: prelu,
  Reciprocal: unary('reciprocal'),
  Relu: (node, scope) => rectified(node, scope, {}),
  Selu: fixedActivation('selu', { alpha: 1.67326, gamma: 1.0507 }),
  Sigmoid: activation('sigmoid'),
  Softmax: softmax('softmax'),
  Softplus: activation('softplus'),
  Softsign: activation('softsign'),
  Sqrt: unary('sqrt'),
  Sub: arithmetic('Sub'),
  Sum: merge(layers.add),
  Tanh: activation('tanh'),
}
