/** @file The ONNX nodes for elementwise ops. */
import type { Node } from '../ir/node.ts'
import { num } from '../ops/rules/attrs.ts'
import type { Emitter, Scope, Value } from './export-scope.ts'
import { float } from './graph-writer.ts'
import { groupedConvolution } from './grouped.ts'
import type { Order } from './layout.ts'

/** Our names on the left, those of ONNX on the right. */
const UNARY = {
  abs: 'Abs',
  erf: 'Erf',
  exp: 'Exp',
  log: 'Log',
  neg: 'Neg',
  reciprocal: 'Reciprocal',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  sign: 'Sign',
  softplus: 'Softplus',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
}

const BINARY = { add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div', maximum: 'Max' }

function unary(opType: string): Emitter {
  return (node, scope) => {
    const { name, order } = scope.value(node.inputs[0])
    return scope.make(node, order, opType, [name])
  }
}

function binary(opType: string): Emitter {
  return (node, scope) => {
    const biased = opType === 'Add' ? withBias(node, scope) : undefined
    if (biased) return biased
    const batched = node.inputs.filter((input) => input.batched)
    const { order } = scope.value(batched[0])
    const operands = node.inputs.map((input) =>
      input.batched ? scope.want(input, order) : repeated(input, node, scope, order),
    )
    return scope.make(node, order, opType, operands)
  }
}

/** A weight [C] or [1] that repeats along all axes but that of the channels, which may lie anywhere in ONNX. */
function repeated(weight: Node, { shape }: Node, scope: Scope, order: Order): string {
  const axesBehind = order.length - 1 - order.indexOf(shape.length - 1)
  const sizes = [...weight.shape, ...new Array<number>(axesBehind).fill(1)]
  return scope.initializer(weight, scope.constant(weight), sizes)
}

/** Ops whose ONNX node has room for a bias. */
const BIASED = ['conv2d', 'conv2dGradX', 'dwconv2d', 'matmul']

/** The bias of a convolution or dense layer rides on its node. */
function withBias(node: Node, scope: Scope): Value | undefined {
  const [x, bias] = node.inputs
  const fits = x.batched && !bias.batched && bias.shape[0] === node.shape.at(-1)
  const hasRoom = BIASED.includes(x.op.name) || groupedConvolution(x)
  if (!fits || !hasRoom || !scope.hasOneUser(x)) return undefined
  const value = scope.value(x)
  const added = scope.writer.addBias(value.name, () => scope.initializer(bias, scope.constant(bias), bias.shape))
  return added ? value : undefined
}

/** An operand and one number. */
function withNumber(opType: string, attribute: string): Emitter {
  return (node, scope) => {
    const { name, order } = scope.value(node.inputs[0])
    const number = scope.scalar(node, attribute, num(node.attrs, attribute))
    return scope.make(node, order, opType, [name, number])
  }
}

/** A limit that is infinite is left out. */
function clip(node: Node, scope: Scope, low: number, high: number): Value {
  const { name, order } = scope.value(node.inputs[0])
  const limit = (what: string, value: number) => (Number.isFinite(value) ? scope.scalar(node, what, value) : '')
  return scope.make(node, order, 'Clip', [name, limit('low', low), limit('high', high)])
}

function square(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  return scope.make(node, order, 'Mul', [name, name])
}

function withAlpha(opType: string, attribute: string): Emitter {
  return (node, scope) => {
    const { name, order } = scope.value(node.inputs[0])
    return scope.make(node, order, opType, [name], { alpha: float(num(node.attrs, attribute)) })
  }
}

/** (y, x): x where y > 0, otherwise 0; rectifiers with a threshold are made of it. */
function reluGrad(node: Node, scope: Scope): Value {
  const { name, order } = scope.value(node.inputs[0])
  const zero = scope.scalar(node, 'zero', 0)
  const positive = scope.writer.node(node.label, 'Greater', [name, zero])
  return scope.make(node, order, 'Where', [positive, scope.want(node.inputs[1], order), zero])
}

function mapped(names: Readonly<Record<string, string>>, emitter: (opType: string) => Emitter) {
  return Object.fromEntries(Object.entries(names).map(([op, opType]) => [op, emitter(opType)]))
}

export const elementwiseEmitters: { readonly [op: string]: Emitter | undefined } = {
  ...mapped(UNARY, unary),
  ...mapped(BINARY, binary),
  square,
  leakyRelu: withAlpha('LeakyRelu', 'slope'),
  elu: withAlpha('Elu', 'alpha'),
  reluGrad,
  scale: withNumber('Mul', 'factor'),
  shift: withNumber('Add', 'amount'),
  relu6: (node, scope) => clip(node, scope, 0, 6),
  clip: (node, scope) => clip(node, scope, num(node.attrs, 'low'), num(node.attrs, 'high')),
}
