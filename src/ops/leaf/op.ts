/**
 * @file The leaves of a graph: what is fed before a step (inputs, scalars), kept between steps (parameters) or known
 * while compiling (constants). They have no kernels.
 */
import { SeparableError } from '../../base/errors.ts'
import type { GraphScope, Node, OpDef, TensorType } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { f32 } from '../rules/infer.ts'

/** Nothing can be inferred for a leaf: its builder states the type. */
function neverInferred(): TensorType {
  throw new SeparableError('internal', 'internal error: the type of a leaf is stated, not inferred')
}

const leaf = { infer: neverInferred, cost: () => ({ macs: 0 }), grad: () => [], cases: [] }

export const inputOp: OpDef = { name: 'input', traits: { leaf: 'input' }, ...leaf }
export const paramOp: OpDef = { name: 'param', traits: { leaf: 'param' }, ...leaf }
export const scalarOp: OpDef = { name: 'scalar', traits: { leaf: 'scalar' }, ...leaf }
export const constantOp: OpDef = { name: 'constant', traits: { leaf: 'constant' }, ...leaf }

/** A value fed before each step. */
export function input(graph: GraphScope, name: string, type: TensorType): Node {
  return graph.add(inputOp, [], { name }, type)
}

/** An f32 value that the engine keeps between steps under this name. */
export function param(graph: GraphScope, name: string, shape: Shape): Node {
  return graph.add(paramOp, [], { name }, f32(shape, false))
}

/** One number [1] fed before each step. */
export function scalar(graph: GraphScope, name: string): Node {
  return graph.add(scalarOp, [], { name }, f32([1], false))
}

/** One number [1] that never changes. */
export function constant(graph: GraphScope, value: number): Node {
  return graph.add(constantOp, [], { value }, f32([1], false))
}
