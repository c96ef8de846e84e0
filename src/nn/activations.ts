/** @file Activation functions by name, with Keras's formulas (https://keras.io/api/layers/activations/). */
import type { Node } from '../ir/node.ts'
import {
  abs,
  add,
  clip,
  div,
  elu,
  erf,
  exp,
  leakyRelu,
  logSumExp,
  mul,
  neg,
  relu,
  relu6,
  reluGrad,
  repeatChannels,
  scale,
  shift,
  sigmoid,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
} from '../ops/index.ts'
import { camelCase } from './names.ts'
import { type Field, field } from './schema.ts'
import type { Tensor } from './trace.ts'

export interface Activation {
  /** The formula, for the documentation. */
  readonly doc: string
  /** [N, ...] to the same shape. */
  readonly apply: (x: Node) => Node
}

/** relu6(x + 3) / 6, which is 0 below -3 and 1 above 3. */
const hardSigmoid = (x: Node): Node => scale(relu6(shift(x, 3)), 1 / 6)

/** The constants that make a self-normalising network (Klambauer et al., NIPS 2017). */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }

export const activations = {
  celu: { doc: 'x above 0, otherwise e^x - 1', apply: (x: Node) => elu(x, 1) },
  elu: { doc: 'x above 0, otherwise e^x - 1', apply: (x: Node) => elu(x, 1) },
  exponential: { doc: 'e^x', apply: exp },
  gelu: {
    doc: 'x times the normal distribution function: x / 2 (1 + erf(x / sqrt(2)))',
    apply: (x: Node) => mul(scale(x, 0.5), shift(erf(scale(x, Math.SQRT1_2)), 1)),
  },
  hardShrink: { doc: 'x outside of -1/2 to 1/2, otherwise 0', apply: (x: Node) => reluGrad(shift(abs(x), -0.5), x) },
  hardSigmoid: { doc: 'x / 6 + 1/2, held between 0 and 1', apply: hardSigmoid },
  hardSilu: { doc: 'x hardSigmoid(x); also hardSwish', apply: (x: Node) => mul(x, hardSigmoid(x)) },
  hardTanh: { doc: 'x, held between -1 and 1', apply: (x: Node) => clip(x, -1, 1) },
  leakyRelu: { doc: 'x above 0, otherwise 0.2 x', apply: (x: Node) => leakyRelu(x, 0.2) },
  linear: { doc: 'x', apply: (x: Node) => x },
  logSigmoid: { doc: 'log(1 / (1 + e^-x))', apply: (x: Node) => neg(softplus(neg(x))) },
  logSoftmax: {
    doc: 'x - log(sum of e^x) along the last axis',
    apply: (x: Node) => sub(x, repeatChannels(logSumExp(x), x.shape.at(-1) as number)),
  },
  mish: { doc: 'x tanh(softplus(x))', apply: (x: Node) => mul(x, tanh(softplus(x))) },
  relu: { doc: 'x above 0, otherwise 0', apply: relu },
  relu6: { doc: 'x, held between 0 and 6', apply: relu6 },
  selu: {
    doc: '1.0507 x above 0, otherwise 1.7581 (e^x - 1)',
    apply: (x: Node) => scale(elu(x, SELU.alpha), SELU.scale),
  },
  sigmoid: { doc: '1 / (1 + e^-x)', apply: sigmoid },
  silu: { doc: 'x sigmoid(x); also swish', apply: (x: Node) => mul(x, sigmoid(x)) },
  softShrink: { doc: 'x, moved by 1/2 towards 0 and not beyond', apply: (x: Node) => sub(x, clip(x, -0.5, 0.5)) },
  softmax: { doc: 'e^x / (sum of e^x) along the last axis', apply: softmax },
  softplus: { doc: 'log(1 + e^x)', apply: softplus },
  softsign: { doc: 'x / (1 + |x|)', apply: (x: Node) => div(x, shift(abs(x), 1)) },
  sparsePlus: {
    doc: '0 below -1, x above 1, otherwise (x + 1)^2 / 4',
    apply: (x: Node) => add(relu(shift(x, -1)), scale(square(shift(clip(x, -1, 1), 1)), 0.25)),
  },
  sparseSigmoid: { doc: '(x + 1) / 2, held between 0 and 1', apply: (x: Node) => scale(shift(clip(x, -1, 1), 1), 0.5) },
  squareplus: { doc: '(x + sqrt(x^2 + 4)) / 2', apply: (x: Node) => scale(add(x, sqrt(shift(square(x), 4))), 0.5) },
  tanh: { doc: '(e^x - e^-x) / (e^x + e^-x)', apply: tanh },
  tanhShrink: { doc: 'x - tanh(x)', apply: (x: Node) => sub(x, tanh(x)) },
} satisfies Record<string, Activation>

/** Second names; configs hold the first. */
const ALIASES = { swish: 'silu', hardSwish: 'hardSilu' } as const

export type ActivationName = keyof typeof activations
type Alias = keyof typeof ALIASES

export function activate(name: ActivationName | null, x: Tensor): Tensor {
  return x.map(activations[name ?? 'linear'].apply)
}

/** An argument that takes the name of an activation; Keras's spelling (`hard_sigmoid`) is understood too. */
export function activation(doc: string): Field<ActivationName, ActivationName | Alias, false> {
  const names = Object.keys(activations)
  return field({
    doc,
    expects: names.map((name) => `"${name}"`).join(' or '),
    parse(input) {
      const name = camelCase(String(input))
      const first = Object.hasOwn(ALIASES, name) ? ALIASES[name as Alias] : name
      return names.includes(first) ? (first as ActivationName) : undefined
    },
  })
}
