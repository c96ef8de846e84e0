/** @file Costs against the published numbers of the two networks that the project started from. */
import { expect, it } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import * as ops from '../index.ts'

const same3x3 = { strides: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1] } as const
const halving = { pool: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const

/** [64, 64, pool, 128, 128, pool, 256, 256, pool], then a dense layer of 10, on one CIFAR picture. */
function network(convolve: (x: Node, filters: number) => Node): number {
  const graph = new Graph()
  let x = ops.input(graph, 'x', { shape: [1, 32, 32, 3], dtype: 'f32', batched: true })
  for (const filters of [64, 128, 256]) x = ops.maxPool2d(convolve(convolve(x, filters), filters), halving)
  ops.matmul(ops.reshape(x, [4096]), ops.param(graph, 'dense', [4096, 10]))
  return graph.nodes.reduce((sum, node) => sum + node.op.cost(node).macs, 0)
}

it('an image costs 152.8 M multiply-accumulates with ordinary convolutions', () => {
  const macs = network((x, filters) => {
    const { graph, shape } = x
    return ops.conv2d(x, ops.param(graph, 'kernel', [3, 3, shape[3], filters]), same3x3)
  })
  expect(macs).toBe(152_805_376)
})

it('and 18.3 M with separable ones', () => {
  const macs = network((x, filters) => {
    const { graph, shape } = x
    const depthwise = ops.dwconv2d(x, ops.param(graph, 'depthwise', [3, 3, shape[3]]), same3x3)
    return ops.matmul(depthwise, ops.param(graph, 'pointwise', [shape[3], filters]))
  })
  expect(macs).toBe(18_295_808)
})
