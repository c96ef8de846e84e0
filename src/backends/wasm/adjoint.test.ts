/**
 * @file Adjoint identities on the real f32 kernels: for every op that is linear in an input, <f(x), dy> = <x, f'(dy)>, both
 * sides computed by the engine. Needs no step size and no reference.
 */
import { setFlagsFromString } from 'node:v8'
import { afterAll, describe, expect, it } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import { build, type Node } from '../../ir/node.ts'
import * as ops from '../../ops/index.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { adjointGaps, allCases } from '../../ops/testing/testing.ts'
import { WasmEngine } from './wasm-engine.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const engine = new WasmEngine({ cores: 1 })
afterAll(() => engine.close())

let leaves = 0

/** The value of a node for these inputs, as the engine computes it. */
async function runOnEngine(node: Node, values: readonly RefArray[]): Promise<RefArray> {
  const graph = new Graph()
  const names = node.inputs.map(() => `leaf${leaves++}`)
  const inputs = node.inputs.map((like, i) =>
    like.batched ? ops.input(graph, names[i], like) : ops.param(graph, names[i], like.shape),
  )
  graph.output('y', build(node.op, inputs, node.attrs))
  const batch = node.inputs.find(({ batched }) => batched)?.shape[0] ?? 1
  const executable = await engine.compile(graph, batch)
  const fed: { [name: string]: Float32Array } = {}
  node.inputs.forEach((like, i) => {
    if (like.batched) fed[names[i]] = Float32Array.from(values[i].data)
    else engine.write(names[i], values[i].data)
  })
  const { y } = await executable.run({ count: batch, inputs: fed })
  return { data: Float64Array.from(y), shape: node.shape }
}

/** Rounding of f32, and of Winograd's algorithm, relative to the sum of the absolute terms. */
const LIMIT = 1e-6

describe('adjoints of the kernels of linear ops', () => {
  const linear = allCases().filter(({ op }) => op.traits.linear && op.grad !== 'none')
  it.each(linear)('$name', async (test) => {
    const gaps = await adjointGaps(test, 4, runOnEngine)
    expect(gaps.length).toBe(test.op.traits.linear?.length)
    expect(Math.max(...gaps)).toBeLessThan(LIMIT)
  })
})
