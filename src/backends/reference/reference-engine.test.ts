/** @file The reference backend: parameters, partial batches, updates, and its complaints. */
import { describe, expect, it } from 'vitest'
import { backward } from '../../autodiff/backward.ts'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../../ops/index.ts'
import { ReferenceEngine } from './reference-engine.ts'

/** Least squares by gradient descent: loss = sum (x w - t)^2, w -= rate dloss/dw. */
function descent(batch: number) {
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [batch, 2], dtype: 'f32', batched: true })
  const target = ops.input(graph, 'target', { shape: [batch, 1], dtype: 'f32', batched: true })
  const w = ops.param(graph, 'w', [2, 1])
  const error = ops.sub(ops.matmul(x, w), target)
  const loss = ops.sumLeading(ops.square(error))
  const [dw] = backward(loss, [w])
  graph.output('error', error)
  graph.output('loss', loss)
  graph.update(w, ops.sub(w, ops.mul(dw, ops.scalar(graph, 'rate'))))
  return graph
}

const feed = {
  count: 2,
  inputs: { x: Float32Array.of(1, 2, 3, 4), target: Float32Array.of(5, 6) },
  scalars: { rate: 0.5 },
}

describe('ReferenceEngine', () => {
  it('runs a step on fewer images than it was compiled for, then updates', async () => {
    const engine = new ReferenceEngine()
    const step = await engine.compile(descent(4), 4)
    engine.write('w', [1, -1])
    // errors: 1 - 2 - 5 = -6 and 3 - 4 - 6 = -7; dw = 2 x^T error = [-54, -80]
    expect(await step.run(feed)).toEqual({ error: Float32Array.of(-6, -7), loss: Float32Array.of(85) })
    expect([...engine.read('w')]).toEqual([28, 39])
    expect(step.describe()).toContain('matmul')
  })

  it('shares parameters between graphs and computes updates from old values', async () => {
    const engine = new ReferenceEngine()
    const graph = new Graph()
    const [a, b] = [ops.param(graph, 'a', [1]), ops.param(graph, 'b', [1])]
    graph.update(a, ops.scale(b, 1))
    graph.update(b, ops.scale(a, 1))
    const swap = await engine.compile(graph, 1)
    engine.write('a', [3])
    engine.write('b', [4])
    await swap.run({ count: 1, inputs: {} })
    expect([engine.read('a')[0], engine.read('b')[0]]).toEqual([4, 3])
    engine.declare('a', [1])
    expect(engine.read('a')[0]).toBe(4)
  })

  it('says what is wrong', async () => {
    const engine = new ReferenceEngine()
    const step = await engine.compile(descent(2), 2)
    expect(() => engine.read('v')).toThrow('no parameter of the name received: "v"')
    expect(() => engine.declare('w', [3])).toThrow('parameter w has the shape [2, 1], received: [3]')
    expect(() => engine.write('w', [1])).toThrow('parameter w [2, 1] needs 2 values, received: 1')
    await expect(step.run({ ...feed, count: 3 })).rejects.toThrow('count must be 1 to 2, received: 3')
    await expect(step.run({ ...feed, count: 1 })).rejects.toThrow('input x needs 2 elements, received: 4')
    await expect(step.run({ ...feed, scalars: {} })).rejects.toThrow('scalar rate is missing')
  })
})
