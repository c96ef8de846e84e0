/** @file Penalties on weights and results that are added to the loss (https://keras.io/api/layers/regularizers/). */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { abs, add, clip, div, permute, scale, sqrt, square, sub, sumLeading, weightsMatmul } from '../ops/index.ts'
import { type Declared, declaredField } from './declared.ts'
import { sumOfAll, sumOfSquares } from './reductions.ts'
import { type Args, encode, type Field, number, oneOf, type Resolved, resolve, type Schema } from './schema.ts'

export interface Regularizer extends Declared {
  /** [...] -> [1]; of a batch the sum over its images. */
  penalty(x: Node): Node
}

function define<S extends Schema>(className: string, schema: S, penalty: (x: Node, args: Resolved<S>) => Node) {
  return (args?: Args<S>): Regularizer => {
    const resolved = resolve(className, schema, args)
    return { className, config: encode(schema, resolved), penalty: (x) => penalty(x, resolved) }
  }
}

const factor = (of: string) => number(`factor of the sum of ${of}`, { min: 0 })

const sizes = (x: Node, { l1 }: { readonly l1: number }) => scale(sumOfAll(abs(x)), l1)
const squares = (x: Node, { l2 }: { readonly l2: number }) => scale(sumOfSquares(x), l2)

/** Vectors are divided by this length at least (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

/** The mean size of the cosine between two columns of x [K,R], or half of it: what Keras computes. */
function skewness(x: Node): Node {
  const [, count] = x.shape
  const lengths = clip(sqrt(sumLeading(square(x))), EPSILON, Number.POSITIVE_INFINITY)
  const unit = div(x, lengths)
  const cosines = weightsMatmul(permute(unit, [1, 0]), unit)
  // What stands on the diagonal is no angle between two.
  const others = sub(sumOfAll(abs(cosines)), sumOfSquares(unit))
  const pairs = (count * (count - 1)) / 2
  return scale(others, 0.5 / Math.max(1, pairs))
}

function demandMatrix(x: Node): void {
  if (x.batched) throw new SeparableError('unsupported', `an orthogonal regularizer is for weights, received: results`)
  if (x.shape.length !== 2)
    throw new SeparableError('shape', `an orthogonal regularizer needs weights with two axes, ${received(x.shape)}`)
}

/** Regularizers by name; each takes its arguments in one object. */
export const regularizers = {
  /** `l1` (0.01) times the sum of sizes: makes weights 0. */
  l1: define('L1', { l1: factor('sizes').default(0.01) }, sizes),
  /** `l2` (0.01) times the sum of squares: makes weights small. */
  l2: define('L2', { l2: factor('squares').default(0.01) }, squares),
  /** Both; `l1` and `l2` are 0 unless they are given. */
  l1l2: define('L1L2', { l1: factor('sizes').default(0), l2: factor('squares').default(0) }, (x, factors) => {
    if (factors.l1 === 0) return squares(x, factors)
    return factors.l2 === 0 ? sizes(x, factors) : add(sizes(x, factors), squares(x, factors))
  }),
  /** `factor` (0.01) times the mean size of the cosines between `rows` or `columns` of a dense kernel: brings them to right angles. */
  orthogonal: define(
    'OrthogonalRegularizer',
    {
      factor: number('factor of the mean size of the cosines', { min: 0 }).default(0.01),
      mode: oneOf('which vectors ought to stand at right angles', 'rows', 'columns').default('rows'),
    },
    (x, { factor, mode }) => {
      demandMatrix(x)
      return scale(skewness(mode === 'rows' ? permute(x, [1, 0]) : x), factor)
    },
  ),
}

type RegularizerName = keyof typeof regularizers

/** An argument that takes a regularizer's name, its config, or what one of `regularizers` returned; null is none. */
export function regularizer(of: string): Field<Regularizer | null, RegularizerName | Regularizer | null, true> {
  return declaredField<Regularizer, RegularizerName>(
    `penalty on ${of} that is added to the loss`,
    'regularizers',
    regularizers,
    'penalty',
  ).orNull()
}
