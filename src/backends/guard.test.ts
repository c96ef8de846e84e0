/** @file A step whose guard is not finite leaves the parameters as they were, on every backend. */
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Graph, printGraph } from '../ir/graph.ts'
import * as ops from '../ops/index.ts'
import type { Engine } from './engine.ts'
import { ReferenceEngine } from './reference/reference-engine.ts'
import { WasmEngine } from './wasm/wasm-engine.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

/** loss = sum over the images of x * w, [3]; w and its copy take the value w + 1. */
function counting() {
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [2, 3], dtype: 'f32', batched: true })
  const w = ops.param(graph, 'w', [3])
  const loss = ops.sumLeading(ops.mul(x, w))
  graph.output('loss', loss)
  graph.guard = loss
  const next = ops.add(w, ops.scalar(graph, 'one'))
  graph.update(w, next)
  graph.update(ops.param(graph, 'copy', [3]), next)
  return graph
}

const feed = (...x: number[]) => ({ count: 2, inputs: { x: Float32Array.from(x) }, scalars: { one: 1 } })
const good = feed(1, 1, 1, 1, 1, 1)

const engines: [string, () => Engine][] = [
  ['wasm', () => new WasmEngine({ cores: 1 })],
  ['reference', () => new ReferenceEngine()],
]

describe.each(engines)('the guard on %s', (_, open) => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('rejects %d', async (bad) => {
    const engine = open()
    const step = await engine.compile(counting(), 2)
    const state = () => [...engine.read('w'), ...engine.read('copy')]
    engine.write('w', [1, 1, 1])
    await step.run(good)
    expect(state()).toEqual([2, 2, 2, 2, 2, 2])
    const { loss } = await step.run(feed(0, 0, bad, 0, 0, 0))
    expect([...loss]).toEqual([0, 0, bad])
    expect(state()).toEqual([2, 2, 2, 2, 2, 2])
    await step.run(good)
    expect(state()).toEqual([3, 3, 3, 3, 3, 3])
    await engine.close()
  })

  it('rejects runs that were asked for before the bad result was known', async () => {
    const engine = open()
    const step = await engine.compile(counting(), 2)
    await Promise.all([step.run(good), step.run(feed(0, Number.NaN, 0, 0, 0, 0)), step.run(good)])
    expect([...engine.read('w')]).toEqual([1, 1, 1])
    await step.run(good)
    expect([...engine.read('w')]).toEqual([2, 2, 2])
    await engine.close()
  })
})

it('a graph says what guards it', () => {
  expect(printGraph(counting())).toContain('updates only while %3 is finite')
})
