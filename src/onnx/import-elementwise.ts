/** @file Functions of each element, and arithmetic on values and constants. */
import type { OnnxTensor } from '../formats/onnx/types.ts'
import { layers } from '../nn/layers/index.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { broadcastShape, expand } from './constants.ts'
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

function unary(name: FunctionName): Importer {
  return (node, scope) =>
    scope.elementwise(scope.value(node, 0), new OnnxFunction({ name: scope.name(node), function: name }))
}

type ReLUArgs = Parameters<typeof layers.reLU>[0]

function rectified(node: NodeArgs, scope: ImportScope, args: ReLUArgs): Value {
  return scope.elementwise(scope.value(node, 0), layers.reLU({ name: scope.name(node), ...args }))
}

/** Between 0 and a limit; the limits are operands or, before opset 11, attributes. */
const clip: Importer = (node, scope) => {
  const limit = (index: number, name: string, none: number) =>
    scope.constantOrNone(node, index)?.data[0] ?? node.float(name, none)
  const [low, high] = [limit(1, 'min', Number.NEGATIVE_INFINITY), limit(2, 'max', Number.POSITIVE_INFINITY)]
  if (low !== 0 || !(high > 0))
    throw node.unsupported('only limits from 0 to a positive number are supported', [low, high])
  return rectified(node, scope, Number.isFinite(high) && high < 3e38 ? { maxValue: high } : {})
}

const prelu: Importer = (node, scope) => {
  const slope = scope.constantOrNone(node, 1)
  if (slope?.data.length !== 1) throw node.unsupported('only one slope for all channels is supported', slope?.shape)
  return rectified(node, scope, { negativeSlope: slope.data[0] })
}

/** Along one axis; before opset 13 along all from an axis on, of which only one may be longer than 1. */
const softmax: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  const rank = value.shape.length
  const given = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank)
  const long = value.shape.map((_, axis) => axis).filter((axis) => axis >= given && value.shape[axis] !== 1)
  if (node.opset < 13 && long.length > 1) throw node.unsupported('several axes at once are not supported', value.shape)
  const axis = node.opset < 13 ? (long[0] ?? given) : given
  if (axis === 0) throw node.unsupported('the axis of the batch is not supported', axis)
  const x = value.order[axis] === rank - 1 ? value : scope.reordered(node, value, lastOf(rank, axis))
  return scope.elementwise(x, layers.activation({ name: scope.name(node), activation: 'softmax' }))
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
    if (right) return affine(node, scope, scope.value(node, 0), meeting.right(right))
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

function ofTwoValues(node: NodeArgs, scope: ImportScope, sign: keyof typeof MEETINGS): Value {
  const [a, second] = [scope.value(node, 0), scope.value(node, 1)]
  if (sizeOf(a.shape) !== sizeOf(second.shape) || a.shape.length !== second.shape.length)
    throw node.unsupported('only values of equal shapes are supported', [a.shape, second.shape])
  const b = prepared(node, scope, scope.reordered(node, second, a.order), sign)
  const args = { name: scope.name(node) }
  const layer = sign === 'Add' || sign === 'Sub' ? layers.add(args) : layers.multiply(args)
  return scope.made(scope.apply(layer, [a.tensor, b.tensor]), a.order)
}

/** a - b is a + (-b), and a / b is a (1 / b). */
function prepared(node: NodeArgs, scope: ImportScope, b: Value, sign: keyof typeof MEETINGS): Value {
  if (sign === 'Add' || sign === 'Mul') return b
  const name = sign === 'Sub' ? 'neg' : 'reciprocal'
  return scope.elementwise(b, new OnnxFunction({ name: scope.name(node, name), function: name }))
}

export const elementwiseImporters: { readonly [opType: string]: Importer } = {
  Abs: unary('abs'),
  Add: arithmetic('Add'),
  Clip: clip,
  Div: arithmetic('Div'),
  Exp: unary('exp'),
  LeakyRelu: (node, scope) => rectified(node, scope, { negativeSlope: node.float('alpha', 0.01) }),
  Log: unary('log'),
  Mul: arithmetic('Mul'),
  Neg: unary('neg'),
  Pow: power,
  PRelu: prelu,
  Reciprocal: unary('reciprocal'),
  Relu: (node, scope) => rectified(node, scope, {}),
  Sigmoid: activation('sigmoid'),
  Softmax: softmax,
  Sqrt: unary('sqrt'),
  Sub: arithmetic('Sub'),
  Tanh: activation('tanh'),
}
