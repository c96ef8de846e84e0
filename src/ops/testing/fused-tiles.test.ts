/** @file Products that recompute one operand tile by tile equal the references of the two ops one after the other. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { dwconv2dOp } from '../dwconv2d/op.ts'
import { evaluate } from '../evaluate.ts'
import { dwconv2d, input, matmul, matmulGradW, param } from '../index.ts'
import { matmulGradWKernel, matmulKernel } from '../matmul/cpu.ts'
import type { RefArray } from '../reference-kernel.ts'
import { roundingBound, worstError } from './kernel-parity.ts'
import { randomArray } from './testing.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** The node's value when its operands, and those of its source, are made of `leaf`. */
function evaluatePair(node: Node, source: Node, leaf: (of: Node) => RefArray): Float64Array {
  const nodes = [...source.inputs, ...node.inputs.filter((operand) => operand !== source), source, node]
  return (evaluate(nodes, leaf).get(node) as RefArray).data
}

function fusedError(kernel: CpuKernel, node: Node, source: Node): number {
  const leaf = (of: Node) => randomArray(of.shape, of.id)
  const positive = (of: Node) => ({ ...leaf(of), data: leaf(of).data.map(Math.abs) })
  const expected = evaluatePair(node, source, leaf)
  const bound = roundingBound(evaluatePair(node, source, positive), [source, node])
  const operands = [...source.inputs, node.inputs[1]].map(leaf)
  return worstError(kernel, { node, source, epilogue: [], extras: [] }, operands, { expected, bound })
}

describe.each(dwconv2dOp.cases)('dwconv2d $inputs.0.shape $inputs.1.shape $attrs', ({ inputs: [x, w], attrs }) => {
  const FILTERS = 11
  const graph = new Graph()
  const leaf = (name: string, shape: readonly number[]) => input(graph, name, { shape, dtype: 'f32', batched: true })
  const source = dwconv2d(leaf('x', x.shape), param(graph, 'w', w.shape), attrs as Parameters<typeof dwconv2d>[2])

  it('feeds a product', () => {
    const node = matmul(source, param(graph, 'p', [source.shape[3], FILTERS]))
    expect(fusedError(matmulKernel, node, source)).toBeLessThan(1)
  })

  it('feeds the gradient of its weights', () => {
    const node = matmulGradW(source, leaf('dy', [...source.shape.slice(0, 3), FILTERS]))
    expect(fusedError(matmulGradWKernel, node, source)).toBeLessThan(1)
  })
})
