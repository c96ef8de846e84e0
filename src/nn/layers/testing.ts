/** @file Runs one layer on small values in f64, for tests. */
import type { Node } from '../../ir/node.ts'
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/kernel.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import type { Layer } from '../layer.ts'
import { Trace } from '../trace.ts'

/** Values [N, ...] in row-major order. */
export interface Values {
  readonly shape: Shape
  readonly data: readonly number[]
}

/** 1, 2, 3, ... in this shape. */
export function counting(...shape: number[]): Values {
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => i + 1) }
}

/** What the layer makes of these inputs, outside of training. */
export function runLayer(layer: Layer, ...inputs: readonly Values[]): Values {
  const trace = new Trace({ training: false })
  const tensors = inputs.map(({ shape }, i) => trace.input(String(i), shape, 'f32'))
  const { node } = layer.apply(tensors)
  const values = evaluate(trace.graph.nodes, (leaf) => leafValue(leaf, trace, inputs))
  return { shape: node.shape, data: [...(values.get(node) as RefArray).data] }
}

function leafValue(leaf: Node, { variables }: Trace, inputs: readonly Values[]): RefArray {
  const { name, value } = leaf.attrs
  const weight = variables.find(({ path }) => path === name)
  const data = weight?.read() ?? inputs[Number(name)]?.data ?? [Number(value)]
  return { data: Float64Array.from(data), shape: leaf.shape }
}
