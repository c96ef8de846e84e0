/** @file What weights are brought back to after every step (https://keras.io/api/layers/constraints/). */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { add, clip, div, mul, relu, reshape, scale, shift, sqrt, square, sumLeading } from '../ops/index.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'
import { type Declared, declaredField } from './declared.ts'
import { type Args, encode, type Field, field, number, type Resolved, resolve, type Schema } from './schema.ts'

export interface Constraint extends Declared {
  /** @param weight in any form; `shape` is that of Keras */
  apply(weight: Node, shape: Shape): Node
}

function define<S extends Schema>(
  className: string,
  schema: S,
  apply: (weight: Node, args: Resolved<S>, shape: Shape) => Node,
) {
  return (args?: Args<S>): Constraint => {
    const resolved = resolve(className, schema, args)
    return {
      className,
      config: encode(schema, resolved),
      apply: (weight, shape) => apply(weight, resolved, shape),
    }
  }
}

/** Keeps divisors away from 0 (Keras: `backend.epsilon()`). */
const EPSILON = 1e-7

const isAxis = (input: unknown): input is number => Number.isSafeInteger(input) && (input as number) >= 0

const axis = field<number | readonly number[]>({
  doc: 'the axes that belong to one vector, from 0 on without gaps: 0 for a dense kernel, [0, 1, 2] for a convolution',
  expects: 'an axis or a list of axes, counted from 0',
  parse: (input) => (isAxis(input) || (Array.isArray(input) && input.every(isAxis)) ? input : undefined),
}).default(0)

/** Gives each vector of a weight, along its first axes, another length: its own times `factor(length) / length`. */
function resized(weight: Node, shape: Shape, axis: number | readonly number[], length: (norms: Node) => Node): Node {
  const axes = [axis].flat()
  const isLeading = [...axes].sort((a, b) => a - b).every((each, i) => each === i) && axes.length <= shape.length
  if (!isLeading)
    throw new SeparableError('unsupported', `a constraint's axis must name the first axes, ${received(axis)}`)
  const size = sizeOf(shape.slice(0, axes.length))
  const vectors = reshape(weight, [size, sizeOf(shape) / size])
  const norms = sqrt(sumLeading(square(vectors)))
  const factors = div(length(norms), shift(norms, EPSILON))
  return reshape(mul(vectors, factors), weight.shape)
}

/** Constraints by name; each takes its arguments in one object. */
export const constraints = {
  /** Vectors along `axis` (0) are no longer than `maxValue` (2). */
  maxNorm: define(
    'MaxNorm',
    { maxValue: number('the greatest length', { min: 0 }).default(2), axis },
    (weight, { maxValue, axis }, shape) => resized(weight, shape, axis, (norms) => clip(norms, 0, maxValue)),
  ),
  /** No element is negative. */
  nonNeg: define('NonNeg', {}, (weight) => relu(weight)),
  /** Vectors along `axis` (0) have the length 1. */
  unitNorm: define('UnitNorm', { axis }, (weight, { axis }, shape) =>
    resized(weight, shape, axis, (norms) => shift(scale(norms, 0), 1)),
  ),
  /** Vectors along `axis` (0) go to lengths from `minValue` (0) to `maxValue` (1), by a share `rate` (1) of the way. */
  minMaxNorm: define(
    'MinMaxNorm',
    {
      minValue: number('the least length', { min: 0 }).default(0),
      maxValue: number('the greatest length', { min: 0 }).default(1),
      rate: number('share of the way that is gone in each step', { min: 0, max: 1 }).default(1),
      axis,
    },
    (weight, { minValue, maxValue, rate, axis }, shape) =>
      resized(weight, shape, axis, (norms) =>
        add(scale(clip(norms, minValue, maxValue), rate), scale(norms, 1 - rate)),
      ),
  ),
}

type ConstraintName = keyof typeof constraints

/** An argument that takes a constraint's name, its config, or what one of `constraints` returned; null is none. */
export function constraint(of: string): Field<Constraint | null, ConstraintName | Constraint | null, true> {
  return declaredField<Constraint, ConstraintName>(
    `what ${of} is brought back to after each step`,
    'constraints',
    constraints,
    'apply',
  ).orNull()
}
