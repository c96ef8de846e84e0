/** @file The ONNX nodes for each op that appears in a prediction. Elementwise ops: export-elementwise.ts. */
import { itemShape, type Node } from '../ir/node.ts'
import type { Geometry, Window } from '../ops/index.ts'
import { elementwiseEmitters } from './export-elementwise.ts'
import { beforeRepeating, type Emitter, Scope, type Value } from './export-scope.ts'
import { shapeEmitters } from './export-shape.ts'
import { int, ints } from './graph-writer.ts'
import { type Grouped, groupedConvolution } from './grouped.ts'
import { channelsFirst, type Order, sameOrder, transpose } from './layout.ts'

const PICTURE = channelsFirst(4)

/** ONNX lists the pads of all axes at the beginning first: top, left, bottom, right. */
function padsAttribute([top, bottom, left, right]: readonly number[]) {
  return ints([top, left, bottom, right])
}

function geometryAttributes({ attrs }: Node, kernel: readonly number[]) {
  const { strides, dilation, pads } = attrs as unknown as Geometry
  return { kernel_shape: ints(kernel), strides: ints(strides), dilations: ints(dilation), pads: padsAttribute(pads) }
}

/** Kernel [KH,KW,C/groups,F] here, [F,C/groups,KH,KW] there. @param grouped whose parts `node` puts together */
function conv2d(node: Node, scope: Scope, grouped?: Grouped): Value {
  const {
    x,
    kernel: w,
    first,
    groups,
  } = grouped ?? { x: node.inputs[0], kernel: node.inputs[1], first: node, groups: 1 }
  const [height, width, channels, filters] = w.shape
  const data = transpose(scope.constant(w), [height, width, channels, filters], [3, 2, 0, 1])
  const kernel = scope.initializer(w, data, [filters, channels, height, width])
  const attributes = { group: int(groups), ...geometryAttributes(first, [height, width]) }
  return scope.make(node, PICTURE, 'Conv', [scope.want(x, PICTURE), kernel], attributes)
}

function concat(node: Node, scope: Scope): Value {
  const grouped = groupedConvolution(node)
  if (grouped) return conv2d(node, scope, grouped)
  const { order } = scope.value(node.inputs[0])
  const operands = node.inputs.map((input) => scope.want(input, order))
  return scope.make(node, order, 'Concat', operands, { axis: int(order.indexOf(node.shape.length - 1)) })
}

/** Kernel [KH,KW,C] here, [C,1,KH,KW] there. Repeated channels are one group with several filters. */
function dwconv2d(node: Node, scope: Scope): Value {
  const [x, w] = node.inputs
  const source = beforeRepeating(x)
  const [height, width, channels] = w.shape
  const data = transpose(scope.constant(w), w.shape, [2, 0, 1])
  const kernel = scope.initializer(w, data, [channels, 1, height, width])
  const attributes = { group: int(source.shape[3]), ...geometryAttributes(node, [height, width]) }
  return scope.make(node, PICTURE, 'Conv', [scope.want(source, PICTURE), kernel], attributes)
}

/**
 * The gradient of a convolution with respect to its input: what a transposed convolution is. Kernel [KH,KW,C,F] here, [F,C,KH,KW]
 * there. What the result is larger than (n - 1) stride + reach - pads is said in so many words.
 */
function conv2dGradX(node: Node, scope: Scope): Value {
  const [x, w] = node.inputs
  const [height, width, channels, filters] = w.shape
  const kernel = scope.initializer(w, transpose(scope.constant(w), w.shape, [3, 2, 0, 1]), [
    filters,
    channels,
    height,
    width,
  ])
  const { strides, dilation, pads } = node.attrs as unknown as Geometry
  const extra = [0, 1].map((axis) => {
    const reach = (w.shape[axis] - 1) * dilation[axis] + 1
    const covered = (x.shape[axis + 1] - 1) * strides[axis] + reach - pads[2 * axis] - pads[2 * axis + 1]
    return node.shape[axis + 1] - covered
  })
  const attributes = { ...geometryAttributes(node, [height, width]), output_padding: ints(extra) }
  return scope.make(node, PICTURE, 'ConvTranspose', [scope.want(x, PICTURE), kernel], attributes)
}

/** Dense layers, and pointwise convolutions when there are pixels. */
function matmul(node: Node, scope: Scope): Value {
  const [x, w] = node.inputs
  const [features, units] = w.shape
  const data = scope.constant(w)
  if (node.shape.length === 4) {
    const kernel = scope.initializer(w, transpose(data, w.shape, [1, 0]), [units, features, 1, 1])
    return scope.make(node, PICTURE, 'Conv', [scope.want(x, PICTURE), kernel], { kernel_shape: ints([1, 1]) })
  }
  if (node.shape.length !== 2) {
    const plain = Scope.plain(node)
    const operands = [scope.want(x, plain), scope.initializer(w, data, w.shape)]
    return scope.make(node, plain, 'MatMul', operands)
  }
  const pictures = scope.picturesBehind(x)
  if (!pictures)
    return scope.make(node, sameOrder(2), 'Gemm', [scope.want(x, sameOrder(2)), scope.initializer(w, data, w.shape)])
  const { name, order } = scope.value(pictures)
  const flat = scope.writer.node(x.label, 'Flatten', [name], { axis: int(1) })
  const rows = rowsInOrder(data, [...itemShape(pictures), units], order)
  return scope.make(node, sameOrder(2), 'Gemm', [flat, scope.initializer(w, rows, w.shape)])
}

/** The rows of a matrix, one a feature of a picture, for features that lie in the order of ONNX. */
function rowsInOrder(data: Float32Array, shape: readonly number[], order: Order): Float32Array {
  return transpose(data, shape, [...order.slice(1).map((axis) => axis - 1), shape.length - 1])
}

function pool(opType: 'MaxPool' | 'AveragePool'): Emitter {
  return (node, scope) => {
    const [x] = node.inputs
    const { pool, strides, pads } = node.attrs as unknown as Window
    const operand = scope.want(x, PICTURE)
    const whole = pool[0] === x.shape[1] && pool[1] === x.shape[2] && pads.every((pad) => pad === 0)
    if (whole) return scope.make(node, PICTURE, `Global${opType}`, [operand])
    const attributes = { kernel_shape: ints(pool), strides: ints(strides), pads: padsAttribute(pads) }
    return scope.make(node, PICTURE, opType, [operand], attributes)
  }
}

function softmax(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  const axis = order.indexOf(node.shape.length - 1)
  return scope.make(node, order, 'Softmax', [name], { axis: int(axis) })
}

function logSumExp(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  const axis = order.indexOf(node.shape.length - 1)
  return scope.make(node, order, 'ReduceLogSumExp', [name], { axes: ints([axis]) })
}

export const emitters: { readonly [op: string]: Emitter | undefined } = {
  ...elementwiseEmitters,
  ...shapeEmitters,
  concat,
  conv2d: (node, scope) => conv2d(node, scope),
  conv2dGradX,
  dwconv2d,
  matmul,
  maxPool2d: pool('MaxPool'),
  avgPool2d: pool('AveragePool'),
  softmax,
  logSumExp,
}
