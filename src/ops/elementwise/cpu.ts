/**
 * @file The instructions of each elementwise op, on one vector of four elements. Groups and the
 * epilogues of other kernels put them together; there is no kernel here.
 */
import { f32x4, i32x4, isLocal, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Node } from '../../ir/node.ts'
import { cosTurns, erf, exp, expm1, log, sigmoid, softplus, tanh } from '../cpu/math.ts'
import { num } from '../rules/attrs.ts'
import type { ElementwiseName } from './table.ts'

/** Every argument is a local: an emitter may read it more than once. */
type Emitter = (args: readonly Local<'v128'>[], node: Node, f: FunctionBuilder) => V128

const unary =
  (emit: (x: V128) => V128): Emitter =>
  ([x]) =>
    emit(x)
const binary =
  (emit: (a: V128, b: V128) => V128): Emitter =>
  ([a, b]) =>
    emit(a, b)
const math =
  (emit: (f: FunctionBuilder, x: V128) => V128): Emitter =>
  ([x], _node, f) =>
    emit(f, x)
const attr = (node: Node, name: string): V128 => f32x4.const(num(node.attrs, name))

const EMITTERS: Record<ElementwiseName, Emitter> = {
  // `a < b ? b : a` with x as a: NaN stays visible.
  relu: unary((x) => f32x4.pmax(x, f32x4.const(0))),
  relu6: unary((x) => f32x4.pmin(f32x4.pmax(x, f32x4.const(0)), f32x4.const(6))),
  leakyRelu: ([x], node) => v128.bitselect(x, f32x4.mul(x, attr(node, 'slope')), f32x4.gt(x, f32x4.const(0))),
  elu: ([x], node, f) =>
    v128.bitselect(
      x,
      f32x4.mul(expm1(f, f32x4.min(x, f32x4.const(0))), attr(node, 'alpha')),
      f32x4.gt(x, f32x4.const(0)),
    ),
  neg: unary(f32x4.neg),
  exp: math(exp),
  log: math(log),
  sqrt: unary(f32x4.sqrt),
  square: unary((x) => f32x4.mul(x, x)),
  reciprocal: unary((x) => f32x4.div(f32x4.const(1), x)),
  sigmoid: math(sigmoid),
  softplus: math(softplus),
  tanh: math(tanh),
  erf: math(erf),
  cosTurns: math(cosTurns),
  abs: unary(f32x4.abs),
  // Zeros and NaN stand for themselves; of the others the sign is put on 1.
  sign: unary((x) => {
    const signed = v128.or(v128.and(x, i32x4.const(1 << 31)), f32x4.const(1))
    return v128.bitselect(signed, x, f32x4.gt(f32x4.abs(x), f32x4.const(0)))
  }),
  scale: ([x], node) => f32x4.mul(x, attr(node, 'factor')),
  shift: ([x], node) => f32x4.add(x, attr(node, 'amount')),
  clip: ([x], node) => f32x4.pmin(f32x4.pmax(x, attr(node, 'low')), attr(node, 'high')),
  clipGrad: ([x, dy], node) => v128.and(v128.and(f32x4.ge(x, attr(node, 'low')), f32x4.ge(attr(node, 'high'), x)), dy),
  add: binary(f32x4.add),
  sub: binary(f32x4.sub),
  mul: binary(f32x4.mul),
  div: binary(f32x4.div),
  maximum: binary(f32x4.max),
  reluGrad: binary((y, dy) => v128.and(f32x4.gt(y, f32x4.const(0)), dy)),
  relu6Grad: binary((y, dy) => v128.and(v128.and(f32x4.gt(y, f32x4.const(0)), f32x4.gt(f32x4.const(6), y)), dy)),
  eluGrad: ([y, dy], node) =>
    v128.bitselect(dy, f32x4.mul(dy, f32x4.add(y, attr(node, 'alpha'))), f32x4.gt(y, f32x4.const(0))),
  leakyReluGrad: ([y, dy], node) => v128.bitselect(dy, f32x4.mul(dy, attr(node, 'slope')), f32x4.gt(y, f32x4.const(0))),
  broadcastLike: ([, value]) => value,
}

/**
 * Writes the op of `node` for one vector of each of its inputs, in order. Padding lanes come out
 * as some number or NaN. The returned expression must be evaluated once, before any of `args` changes.
 */
export function emitElementwise(f: FunctionBuilder, node: Node, args: readonly V128[]): V128 {
  const locals = args.map((arg) => (isLocal(arg) ? arg : f.let(arg)))
  return EMITTERS[node.op.name as ElementwiseName](locals, node, f)
}
