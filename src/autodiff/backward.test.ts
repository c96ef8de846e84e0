/** @file The reverse walk: sums over several uses, skips what is not asked for, and refuses what it cannot do. */
import { describe, expect, it } from 'vitest'
import { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import { evaluate } from '../ops/evaluate.ts'
import * as ops from '../ops/index.ts'
import type { RefArray } from '../ops/reference-kernel.ts'
import { randomArray } from '../ops/testing/testing.ts'
import { sizeOf } from '../tensor/ndarray.ts'
import { backward } from './backward.ts'

const same3x3 = { strides: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1] } as const

/** A residual network with a pool, a softmax and weight decay: every kind of sum over uses. */
function smallNetwork() {
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [3, 6, 6, 4], dtype: 'f32', batched: true })
  const labels = ops.input(graph, 'labels', { shape: [3, 1], dtype: 'i32', batched: true })
  const depthwise = ops.param(graph, 'depthwise', [3, 3, 4])
  const pointwise = ops.param(graph, 'pointwise', [4, 4])
  const bias = ops.param(graph, 'bias', [4])
  const dense = ops.param(graph, 'dense', [36, 5])
  const separable = ops.matmul(ops.dwconv2d(x, depthwise, same3x3), pointwise)
  const residual = ops.add(ops.tanh(ops.add(separable, bias)), ops.mul(separable, bias))
  const pooled = ops.maxPool2d(residual, { pool: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] })
  const losses = ops.softmaxCrossEntropy(ops.matmul(ops.reshape(pooled, [36]), dense), labels)
  const decay = ops.sumLeading(ops.reshape(ops.square(pointwise), [16, 1]))
  const loss = ops.add(ops.scale(ops.sumLeading(losses), 1 / 3), ops.scale(decay, 0.01))
  return { graph, loss, params: [depthwise, pointwise, bias, dense] }
}

function leafValues(graph: Graph): Map<Node, RefArray> {
  const leaves = graph.nodes.filter((node) => node.op.traits.leaf)
  return new Map(
    leaves.map((leaf) => {
      if (leaf.op === ops.OPS.constant) return [leaf, { data: Float64Array.of(leaf.attrs.value as number), shape: [1] }]
      if (leaf.dtype === 'i32') return [leaf, { data: Float64Array.of(0, 4, 2), shape: leaf.shape }]
      return [leaf, randomArray(leaf.shape, leaf.id)]
    }),
  )
}

function compute(graph: Graph, leaves: Map<Node, RefArray>, node: Node): Float64Array {
  const values = evaluate(graph.nodes, (leaf) => leaves.get(leaf) as RefArray)
  return (values.get(node) as RefArray).data
}

describe('backward', () => {
  it('equals central differences on a network', () => {
    const { graph, loss, params } = smallNetwork()
    const grads = backward(loss, params)
    const leaves = leafValues(graph)
    for (const [i, param] of params.entries()) {
      const value = leaves.get(param) as RefArray
      const v = randomArray(param.shape, 100 + i).data
      const lossAt = (t: number) => {
        const moved = { ...value, data: value.data.map((w, j) => w + t * v[j]) }
        return compute(graph, new Map(leaves).set(param, moved), loss)[0]
      }
      const expected = (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5
      const gradient = compute(graph, leaves, grads[i])
      expect(gradient.length).toBe(sizeOf(param.shape))
      expect(gradient.reduce((sum, g, j) => sum + g * v[j], 0)).toBeCloseTo(expected, 8)
    }
  })

  it('differentiates its own result', () => {
    const graph = new Graph()
    const x = ops.scalar(graph, 'x')
    const [first] = backward(ops.mul(ops.square(x), x), [x])
    const [second] = backward(first, [x])
    const leaves = leafValues(graph).set(x, { data: Float64Array.of(5), shape: [1] })
    expect([...compute(graph, leaves, first)]).toEqual([75])
    expect([...compute(graph, leaves, second)]).toEqual([30])
  })

  it('starts from a seed', () => {
    const graph = new Graph()
    const x = ops.param(graph, 'x', [3])
    const seed = ops.param(graph, 'seed', [3])
    const [grad] = backward(new Map([[ops.scale(x, 4), seed]]), [x])
    const leaves = leafValues(graph).set(seed, { data: Float64Array.of(1, 2, -3), shape: [3] })
    expect([...compute(graph, leaves, grad)]).toEqual([4, 8, -12])
  })

  it('leaves alone what the gradient does not need', () => {
    const { graph, loss, params } = smallNetwork()
    const [grad] = backward(loss, [params[3]])
    graph.output('grad', grad)
    expect(graph.live().some((node) => node.op === ops.OPS.dwconv2dGradW || node.op === ops.OPS.maxPool2dGrad)).toBe(
      false,
    )
  })

  it('refuses a loss that is not one number, does not depend on a value, or cannot be differentiated', () => {
    const graph = new Graph()
    const x = ops.input(graph, 'x', { shape: [2, 3], dtype: 'f32', batched: true })
    const labels = ops.input(graph, 'labels', { shape: [2, 1], dtype: 'i32', batched: true })
    const w = ops.param(graph, 'dense/kernel', [3, 3])
    const accuracy = ops.sumLeading(ops.argmaxEquals(ops.matmul(x, w), labels))
    expect(() => backward(x, [x])).toThrow('the loss must be one number [1], received: [2, 3]')
    expect(() => backward(accuracy, [w])).toThrow('argmaxEquals has no derivative')
    const unrelated = ops.sumLeading(ops.reshape(ops.sumLeading(x), [3, 1]))
    expect(() => backward(unrelated, [w])).toThrow('received: "dense/kernel"')
  })
})
