/** @file Runs one layer on small values in f64, for tests. */
import type { Node } from '../../ir/node.ts'
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
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

/** What becomes of many images like this one in training step number `step`, one list an image. */
export function trainOn(layer: Layer, { shape, data }: Values, { images = 400, step = 0 } = {}): number[][] {
  const trace = new Trace({ training: true, updating: false })
  const { node } = layer.apply(trace.input('x', [images, ...shape], 'f32'))
  const x = Float64Array.from(Array.from({ length: images }, () => data).flat())
  const leafData = ({ name, value }: Node['attrs']) =>
    name === 'x' ? x : Float64Array.of(name === 'step' ? step : Number(value))
  const values = evaluate(trace.graph.nodes, (leaf) => ({ data: leafData(leaf.attrs), shape: leaf.shape }))
  const result = (values.get(node) as RefArray).data
  const itemSize = result.length / images
  return Array.from({ length: images }, (_, n) => [...result.subarray(n * itemSize, (n + 1) * itemSize)])
}

function leafValue(leaf: Node, { variables }: Trace, inputs: readonly Values[]): RefArray {
  const { name, value } = leaf.attrs
  const weight = variables.find(({ key }) => key === name)
  const data = weight?.read() ?? inputs[Number(name)]?.data ?? [Number(value)]
  return { data: Float64Array.from(data), shape: leaf.shape }
}
