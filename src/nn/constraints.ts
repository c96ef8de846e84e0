/** @file What weights are brought back to after every step (https://keras.io/api/layers/constraints/). */
import { received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { add, clip, div, mul, permute, relu, reshape, scale, shift, sqrt, square, sumLeading } from '../ops/index.ts'
import { inverse } from '../ops/permute/op.ts'
import { type Shape, showShape, sizeOf } from '../tensor/ndarray.ts'
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

const isInteger = (input: unknown): input is number => Number.isSafeInteger(input)

const axis = field<number | readonly number[]>({
  doc: 'the axes along which a vector lies: 0 for a dense kernel, [0, 1, 2] for a convolution',
  expects: 'an axis or a list of axes',
  parse: (input) => (isInteger(input) || (Array.isArray(input) && input.every(isInteger)) ? input : undefined),
}).default(0)

/** Gives each vector of a weight, along some of its axes, another length. */
function resized(weight: Node, shape: Shape, axis: number | readonly number[], length: (norms: Node) => Node): Node {
  const axes = [axis].flat().map((each) => (each < 0 ? each + shape.length : each))
  if (new Set(axes).size < axes.length || axes.some((each) => each < 0 || each >= shape.length))
    throw new SeparableError(
      'argument',
      `a constraint's axis must name axes of ${showShape(shape)}, each once, ${received(axis)}`,
    )
  const order = [...axes, ...[...shape.keys()].filter((each) => !axes.includes(each))]
  const ordered = permute(reshape(weight, shape), order)
  const size = sizeOf(axes.map((each) => shape[each]))
  const vectors = reshape(ordered, [size, sizeOf(shape) / size])
  const norms = sqrt(sumLeading(square(vectors)))
  const factors = div(length(norms), shift(norms, EPSILON))
  const result = permute(reshape(mul(vectors, factors), ordered.shape), inverse(order))
  return reshape(result, weight.shape)
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
