/**
 * @file The elementwise ops: one row each. `ref` is the op on single numbers, `grad` its derivative times dy, built from
 * other rows; broadcasting, its gradients, shapes and test cases follow for all rows alike.
 */
import { type Attrs, build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import { binaryCases, broadcastLikeOp, broadcastType, unbroadcast } from '../broadcast/op.ts'
import { num } from '../rules/attrs.ts'
import { images, weights } from '../rules/cases.ts'

type Range = readonly [number, number]
type Unary = (x: Node) => Node
type Binary = (a: Node, b: Node) => Node

export interface ElementwiseRow {
  readonly arity: 1 | 2
  readonly ref: (a: number, b: number, attrs: Attrs) => number
  /** Gradients of the operands before they are summed over repeated axes; null where the derivative is 0. */
  readonly grad: (node: Node, dy: Node) => readonly (Node | null)[]
  /** Where test values are drawn from; [-2, 2] when absent. */
  readonly range?: Range
  /** Attributes of the test cases, for ops that have some. */
  readonly attrs?: Attrs
  /** One or two instructions: takes no more time than loading its result. */
  readonly cheap?: true
}

const rows = {
  relu: { arity: 1, cheap: true, ref: (x) => Math.max(x, 0), grad: (y, dy) => [reluGrad(y, dy)] },
  /** The derivative is 0 at both kinks, as in TensorFlow. */
  relu6: {
    arity: 1,
    cheap: true,
    ref: (x) => Math.min(Math.max(x, 0), 6),
    grad: (y, dy) => [relu6Grad(y, dy)],
    range: [-3, 9],
  },
  /** x where x > 0, otherwise slope x. */
  leakyRelu: {
    arity: 1,
    cheap: true,
    ref: (x, _, attrs) => (x > 0 ? x : num(attrs, 'slope') * x),
    grad: (y, dy) => [leakyReluGrad(y, dy, num(y.attrs, 'slope'))],
    attrs: { slope: 0.25 },
  },
  /** x where x > 0, otherwise alpha (e^x - 1). */
  elu: {
    arity: 1,
    ref: (x, _, attrs) => (x > 0 ? x : num(attrs, 'alpha') * Math.expm1(x)),
    grad: (y, dy) => [eluGrad(y, dy, num(y.attrs, 'alpha'))],
    attrs: { alpha: 0.75 },
  },
  neg: { arity: 1, cheap: true, ref: (x) => -x, grad: (_, dy) => [neg(dy)] },
  exp: { arity: 1, ref: Math.exp, grad: (y, dy) => [mul(dy, y)] },
  log: { arity: 1, ref: Math.log, grad: ({ inputs: [x] }, dy) => [div(dy, x)], range: [0.125, 4] },
  sqrt: { arity: 1, ref: Math.sqrt, grad: (y, dy) => [div(scale(dy, 0.5), y)], range: [0.125, 4] },
  square: { arity: 1, cheap: true, ref: (x) => x * x, grad: ({ inputs: [x] }, dy) => [scale(mul(dy, x), 2)] },
  reciprocal: { arity: 1, ref: (x) => 1 / x, grad: (y, dy) => [neg(mul(dy, square(y)))], range: [0.25, 4] },
  sigmoid: { arity: 1, ref: (x) => 1 / (1 + Math.exp(-x)), grad: (y, dy) => [mul(dy, sub(y, square(y)))] },
  /** log(1 + e^x) */
  softplus: {
    arity: 1,
    ref: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    grad: ({ inputs: [x] }, dy) => [mul(dy, sigmoid(x))],
  },
  tanh: { arity: 1, ref: Math.tanh, grad: (y, dy) => [sub(dy, mul(dy, square(y)))] },
  /** 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
  erf: {
    arity: 1,
    ref: erfSeries,
    grad: ({ inputs: [x] }, dy) => [scale(mul(dy, exp(neg(square(x)))), 2 / Math.sqrt(Math.PI))],
  },
  /** cos(2 pi x) */
  cosTurns: {
    arity: 1,
    ref: (x) => Math.cos(2 * Math.PI * x),
    grad: ({ inputs: [x] }, dy) => [scale(mul(dy, cosTurns(shift(x, -0.25))), -2 * Math.PI)],
  },
  abs: { arity: 1, cheap: true, ref: Math.abs, grad: ({ inputs: [x] }, dy) => [mul(dy, sign(x))] },
  sign: { arity: 1, ref: Math.sign, grad: () => [null] },
  scale: {
    arity: 1,
    cheap: true,
    ref: (x, _, attrs) => x * num(attrs, 'factor'),
    grad: ({ attrs }, dy) => [scale(dy, num(attrs, 'factor'))],
    attrs: { factor: -1.5 },
  },
  shift: {
    arity: 1,
    cheap: true,
    ref: (x, _, attrs) => x + num(attrs, 'amount'),
    grad: (_, dy) => [dy],
    attrs: { amount: 0.75 },
  },
  clip: {
    arity: 1,
    cheap: true,
    ref: (x, _, attrs) => Math.min(Math.max(x, num(attrs, 'low')), num(attrs, 'high')),
    grad: ({ inputs: [x], attrs }, dy) => [clipGrad(x, dy, num(attrs, 'low'), num(attrs, 'high'))],
    attrs: { low: -0.5, high: 1 },
  },
  /** (x, dy): dy where low <= x <= high, otherwise 0. */
  clipGrad: {
    arity: 2,
    ref: (x, dy, attrs) => (x >= num(attrs, 'low') && x <= num(attrs, 'high') ? dy : 0),
    grad: ({ inputs: [x], attrs }, g) => [null, clipGrad(x, g, num(attrs, 'low'), num(attrs, 'high'))],
    attrs: { low: -0.5, high: 1 },
  },
  add: { arity: 2, cheap: true, ref: (a, b) => a + b, grad: (_, dy) => [dy, dy] },
  sub: { arity: 2, cheap: true, ref: (a, b) => a - b, grad: (_, dy) => [dy, neg(dy)] },
  mul: { arity: 2, cheap: true, ref: (a, b) => a * b, grad: ({ inputs: [a, b] }, dy) => [mul(dy, b), mul(dy, a)] },
  /** d(a/b) = da / b - (a/b) db / b */
  div: {
    arity: 2,
    ref: (a, b) => a / b,
    grad: (y, dy) => [div(dy, y.inputs[1]), neg(div(mul(dy, y), y.inputs[1]))],
    range: [0.5, 2],
  },
  /** Where the operands are equal the gradient goes to b. */
  maximum: {
    arity: 2,
    ref: (a, b) => Math.max(a, b),
    grad({ inputs: [a, b] }, dy) {
      const da = reluGrad(sub(a, b), dy)
      return [da, sub(dy, da)]
    },
  },
  /** (y, dy): dy where y > 0, otherwise 0. */
  reluGrad: {
    arity: 2,
    ref: (y, dy) => (y > 0 ? dy : 0),
    grad: ({ inputs: [y] }, g) => [null, reluGrad(y, g)],
  },
  /** (y, dy): dy where 0 < y < 6, otherwise 0. */
  relu6Grad: {
    arity: 2,
    ref: (y, dy) => (y > 0 && y < 6 ? dy : 0),
    grad: ({ inputs: [y] }, g) => [null, relu6Grad(y, g)],
    range: [-3, 9],
  },
  /** (y, dy): dy where y > 0, otherwise (y + alpha) dy. */
  eluGrad: {
    arity: 2,
    ref: (y, dy, attrs) => (y > 0 ? dy : (y + num(attrs, 'alpha')) * dy),
    grad({ inputs: [y, dy], attrs }, g) {
      const below = mul(sub(g, reluGrad(y, g)), dy)
      return [below, eluGrad(y, g, num(attrs, 'alpha'))]
    },
    attrs: { alpha: 0.75 },
  },
  /** (y, dy): dy where y > 0, otherwise slope dy. */
  leakyReluGrad: {
    arity: 2,
    ref: (y, dy, attrs) => (y > 0 ? dy : num(attrs, 'slope') * dy),
    grad: ({ inputs: [y], attrs }, g) => [null, leakyReluGrad(y, g, num(attrs, 'slope'))],
    attrs: { slope: 0.25 },
  },
} satisfies Record<string, ElementwiseRow>

/** erf x = 2 / sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 3 ... (2n+1)): all terms have one sign. */
function erfSeries(x: number): number {
  let term = x
  let sum = 0
  for (let n = 1; sum + term !== sum; n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

type RowName = keyof typeof rows
export type ElementwiseName = RowName | 'broadcastLike'

function define(name: string, row: ElementwiseRow): OpDef {
  return {
    name,
    traits: { elementwise: true, ...(row.cheap ? { cheap: true } : {}) },
    infer: (inputs, attrs) => broadcastType({ op: name, inputs, attrs }),
    cost: () => ({ macs: 0 }),
    grad: (node, dy) => row.grad(node, dy).map((g, i) => g && unbroadcast(g, node.inputs[i])),
    cases: casesOf(row),
  }
}

function casesOf({ arity, range = [-2, 2], attrs }: ElementwiseRow): OpCase[] {
  const widerSecond = { inputs: [weights([9], range), images([2, 4, 3, 9], range)] }
  const cases = arity === 1 ? unaryCases(range) : [...binaryCases(range), widerSecond]
  return attrs ? cases.map((each) => ({ ...each, attrs })) : cases
}

function unaryCases(range: Range): OpCase[] {
  const batched = [
    [1, 1],
    [3, 7],
    [2, 3, 5, 4],
    [1, 4, 4, 9],
    [2, 8, 8, 16],
  ]
  const unbatched = [[1], [13], [3, 3, 6]]
  return [
    ...batched.map((shape) => ({ inputs: [images(shape, range)] })),
    ...unbatched.map((shape) => ({ inputs: [weights(shape, range)] })),
  ]
}

/** The rows by name: what references and vector kernels are made from. */
export const elementwiseRows: Readonly<Record<ElementwiseName, Pick<ElementwiseRow, 'arity' | 'ref'>>> = {
  ...rows,
  broadcastLike: { arity: 2, ref: (_, v) => v },
}

const definitions = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, define(name, row)]))

export const elementwiseOps = {
  ...(definitions as Record<RowName, OpDef>),
  broadcastLike: broadcastLikeOp,
} satisfies Record<ElementwiseName, OpDef>

function unary(name: RowName): Unary {
  return (x) => build(elementwiseOps[name], [x])
}

function binary(name: RowName): Binary {
  return (a, b) => build(elementwiseOps[name], [a, b])
}

export const relu: Unary = unary('relu')
export const relu6: Unary = unary('relu6')
export const neg: Unary = unary('neg')
export const exp: Unary = unary('exp')
export const log: Unary = unary('log')
export const sqrt: Unary = unary('sqrt')
export const square: Unary = unary('square')
export const reciprocal: Unary = unary('reciprocal')
export const sigmoid: Unary = unary('sigmoid')
export const softplus: Unary = unary('softplus')
export const tanh: Unary = unary('tanh')
export const erf: Unary = unary('erf')
export const cosTurns: Unary = unary('cosTurns')
export const abs: Unary = unary('abs')
export const sign: Unary = unary('sign')
export const add: Binary = binary('add')
export const sub: Binary = binary('sub')
export const mul: Binary = binary('mul')
export const div: Binary = binary('div')
export const maximum: Binary = binary('maximum')
export const reluGrad: Binary = binary('reluGrad')
const relu6Grad: Binary = binary('relu6Grad')

/** x where x > 0, otherwise x * slope, for a slope of at least 0. */
export function leakyRelu(x: Node, slope: number): Node {
  return build(elementwiseOps.leakyRelu, [x], { slope })
}

/** The gradient of `leakyRelu`, from its result: for slopes above 0 that has the sign of x. */
function leakyReluGrad(y: Node, dy: Node, slope: number): Node {
  return build(elementwiseOps.leakyReluGrad, [y, dy], { slope })
}

/** x where x > 0, otherwise alpha (e^x - 1). */
export function elu(x: Node, alpha: number): Node {
  return build(elementwiseOps.elu, [x], { alpha })
}

/** The gradient of `elu`, from its result. */
function eluGrad(y: Node, dy: Node, alpha: number): Node {
  return build(elementwiseOps.eluGrad, [y, dy], { alpha })
}

/** x * factor */
export function scale(x: Node, factor: number): Node {
  return build(elementwiseOps.scale, [x], { factor })
}

/** x + amount */
export function shift(x: Node, amount: number): Node {
  return build(elementwiseOps.shift, [x], { amount })
}

/** x held between two limits, either of which may be infinite. */
export function clip(x: Node, low: number, high: number): Node {
  return build(elementwiseOps.clip, [x], { low, high })
}

/** dy where low <= x <= high, otherwise 0. */
export function clipGrad(x: Node, dy: Node, low: number, high: number): Node {
  return build(elementwiseOps.clipGrad, [x, dy], { low, high })
}
