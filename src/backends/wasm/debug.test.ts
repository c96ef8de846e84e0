/** @file What DEBUG and CHECK show of a graph that is compiled and run. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { flags } from '../../base/flags.ts'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../../ops/index.ts'
import { WasmEngine } from './wasm-engine.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const standard = { ...flags }
afterEach(() => void Object.assign(flags, standard))

/** y = relu(x w), loss = sum of 1 / y; w takes the value w * 2. */
function graph() {
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [4, 8], dtype: 'f32', batched: true })
  const w = ops.param(graph, 'w', [8, 8])
  const y = graph.within('dense', () => ops.relu(ops.matmul(x, w)))
  const loss = graph.within('loss', () => ops.sumLeading(ops.div(ops.broadcastLike(y, ops.constant(graph, 1)), y)))
  graph.output('loss', loss)
  graph.update(w, ops.scale(w, 2))
  return graph
}

/** Text printed while a graph is compiled and run three times with these inputs, and what it returned. */
async function show(wanted: Partial<typeof flags>, x = new Float32Array(32).fill(1)) {
  const lines: string[] = []
  Object.assign(flags, { print: (text: string) => lines.push(text), ...wanted })
  const engine = new WasmEngine({ cores: 1 })
  const executable = await engine.compile(graph(), 4)
  engine.write('w', new Float32Array(64).fill(1))
  const losses: number[] = []
  for (let run = 0; run < 3; run++) losses.push((await executable.run({ count: 4, inputs: { x } })).loss[0])
  await engine.close()
  return { text: lines.join('\n'), losses }
}

describe('DEBUG', () => {
  const rungs: [number, string][] = [
    [1, 'graph 0, run 3: 4 of 4 images in'],
    [2, 'ms on one thread; time, share, speed, phase, layer, kernel:'],
    [3, 'kernels that had a choice:'],
    [4, 'plan: batch 4,'],
    [5, '%2 matmul, then %3 relu'],
    [6, 'bytes of code in kept/graph0.wasm\n'],
  ]

  it.each([0, 1, 2, 3, 4, 5, 6])('=%i shows its rung and those below, and changes no result', async (level) => {
    const { text, losses } = await show({ debug: level, keep: (name) => `kept/${name}` })
    for (const [rung, expected] of rungs) expect(text.includes(expected), expected).toBe(rung <= level)
    expect(losses).toEqual([0.5, 0.25, 0.125])
  })

  it('=6 shows the kernels as text', async () => {
    const { text } = await show({ debug: 6, keep: () => undefined })
    expect(text).toMatch(/\d+ bytes of code\n/)
    expect(text).toMatch(/^matmul\+relu\S*\(in0: i32, in1: i32, out0: i32, scratch: i32, begin: i32, end: i32\) \{$/m)
    expect(text).toMatch(/^lane\d\(lane: i32, arena: i32\) \{$/m)
  })
})

describe('CHECK', () => {
  it('changes no result', async () => {
    expect((await show({ check: true })).losses).toEqual([0.5, 0.25, 0.125])
  })

  it('names the first kernel whose result is not finite', async () => {
    await expect(show({ check: true }, new Float32Array(32).fill(-1))).rejects.toThrow(
      /^loss: element 0 of loss%\d+ is not finite after the kernel \S*div\S*, received: Infinity$/,
    )
  })
})
