/** @file The engine as a whole: a small network trained for some steps, against the reference and against itself. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { backward } from '../../autodiff/backward.ts'
import { Random } from '../../base/random.ts'
import { Graph } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import type { Engine } from '../engine.ts'
import { ReferenceEngine } from '../reference/reference-engine.ts'
import { WasmEngine, type WasmEngineOptions } from './wasm-engine.ts'
import { spawnWorker as spawn } from './worker-testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const BATCH = 24
const SAME = { strides: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1] } as const
const STRIDED = { strides: [2, 2], dilation: [1, 1], pads: [0, 1, 0, 1] } as const
const POOL = { pool: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const

const open: Engine[] = []
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close()
})

function wasm(options: Partial<WasmEngineOptions> = {}): WasmEngine {
  const engine = new WasmEngine({ cores: 4, threads: 1, spawn, ...options })
  open.push(engine)
  return engine
}

/** Convolution, separable pair, pool, strided convolution with odd channels, dense, cross-entropy, momentum. */
function trainingGraph(batch = BATCH, { training = true } = {}) {
  const graph = new Graph()
  const params: Node[] = []
  const param = (name: string, shape: number[]) => {
    const node = ops.param(graph, name, shape)
    params.push(node)
    return node
  }
  const pictures = ops.input(graph, 'x', { shape: [batch, 12, 12, 3], dtype: 'u8', batched: true })
  const labels = ops.input(graph, 'y', { shape: [batch, 1], dtype: 'i32', batched: true })
  let x = ops.cast(pictures, { scale: 1 / 128, offset: -1 })
  x = ops.relu(ops.add(ops.conv2d(x, param('conv', [3, 3, 3, 8]), SAME), param('conv.b', [8])))
  x = ops.matmul(ops.dwconv2d(x, param('dw', [3, 3, 8]), SAME), param('pw', [8, 16]))
  x = ops.maxPool2d(ops.relu(ops.add(x, param('pw.b', [16]))), POOL)
  x = ops.tanh(ops.conv2d(x, param('strided', [3, 3, 16, 7]), STRIDED))
  const logits = ops.add(ops.matmul(ops.reshape(x, [3 * 3 * 7]), param('dense', [63, 5])), param('dense.b', [5]))
  const losses = ops.softmaxCrossEntropy(logits, labels)
  const loss = ops.mul(ops.sumLeading(losses), ops.scalar(graph, 'invBatch'))
  graph.output('loss', loss)
  graph.output('hits', ops.sumLeading(ops.argmaxEquals(logits, labels)))
  graph.output('probabilities', ops.softmax(logits))
  if (!training) return { graph, params }
  const rate = ops.scalar(graph, 'rate')
  backward(loss, params).forEach((gradient, i) => {
    const velocity = ops.param(graph, `${params[i].attrs.name}.velocity`, params[i].shape)
    const next = ops.sub(ops.scale(velocity, 0.9), ops.mul(gradient, rate))
    graph.update(velocity, next)
    graph.update(params[i], ops.add(params[i], next))
  })
  return { graph, params }
}

/** Losses, hits and probabilities of some steps, and the weights after them. */
async function train(engine: Engine, steps: number, count = BATCH, batch = BATCH) {
  const { graph, params } = trainingGraph(batch)
  const random = new Random(7)
  for (const param of params) {
    const name = String(param.attrs.name)
    const size = sizeOf(param.shape)
    engine.declare(name, param.shape)
    engine.write(
      name,
      Float32Array.from({ length: size }, () => random.normal() * 0.3),
    )
  }
  const executable = await engine.compile(graph, batch)
  const losses: number[] = []
  let last = {}
  for (let step = 0; step < steps; step++) {
    const x = Uint8Array.from({ length: count * 432 }, () => random.int(256))
    const y = Int32Array.from({ length: count }, () => random.int(5))
    const feed = { count, inputs: { x, y }, scalars: { invBatch: 1 / count, rate: 0.05 } }
    const results = await executable.run(feed)
    losses.push(results.loss[0])
    last = { hits: results.hits[0], probabilities: Array.from(results.probabilities) }
  }
  const weights = Object.fromEntries(params.map(({ attrs: { name } }) => [name, Array.from(engine.read(String(name)))]))
  return { losses, last, weights }
}

describe('WasmEngine', () => {
  it('follows the f64 reference for ten steps', async () => {
    const expected = await train(new ReferenceEngine(), 10)
    for (const options of [{}, { fuse: false }, { deterministic: 'portable' as const }]) {
      const actual = await train(wasm(options), 10)
      actual.losses.forEach((loss, i) => {
        expect(Math.abs(loss - expected.losses[i]) / expected.losses[i]).toBeLessThan(1e-4)
      })
    }
  })

  it('gives the same bits for any number of threads, with workers and without', async () => {
    const expected = await train(wasm(), 3)
    for (const threads of [2, 3]) expect(await train(wasm({ threads }), 3)).toEqual(expected)
    const { spawn: _, ...inline } = { cores: 1, spawn }
    const engine = new WasmEngine(inline)
    open.push(engine)
    expect(engine.notes).toEqual(['no shared memory: computing on one thread, the calling one'])
    expect(await train(engine, 3)).toEqual(expected)
  })

  it.each([
    { count: 7, batch: BATCH },
    { count: 1, batch: 1 },
  ])('takes $count of the $batch images it was compiled for', async ({ count, batch }) => {
    const expected = await train(new ReferenceEngine(), 3, count, batch)
    const actual = await train(wasm({ threads: 2 }), 3, count, batch)
    actual.losses.forEach((loss, i) => {
      expect(Math.abs(loss - expected.losses[i]) / expected.losses[i]).toBeLessThan(1e-4)
    })
  })

  it('shares one image out among threads, with the same bits', async () => {
    const infer = async (threads: number, batch: number) => {
      const { graph, params } = trainingGraph(batch, { training: false })
      const engine = wasm({ threads })
      const random = new Random(3)
      const executable = await engine.compile(graph, batch)
      for (const { attrs, shape } of params)
        engine.write(
          String(attrs.name),
          Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * 0.3),
        )
      const x = Uint8Array.from({ length: 432 }, () => random.int(256))
      const feed = { count: 1, inputs: { x, y: Int32Array.of(2) }, scalars: { invBatch: 1, rate: 0 } }
      const { probabilities } = await executable.run(feed)
      expect((await executable.run(feed)).probabilities).toEqual(probabilities)
      return { probabilities: Array.from(probabilities), plan: executable.describe() }
    }
    const one = await infer(1, 1)
    expect(one.plan).toContain('.pieces.')
    for (const threads of [2, 3]) expect((await infer(threads, 1)).probabilities).toEqual(one.probabilities)
    const inBatch = await infer(1, BATCH)
    expect(inBatch.plan).not.toContain('.pieces.')
    expect(inBatch.probabilities).toEqual(one.probabilities)
  })

  it('prepares weights again when they have changed, or another graph has run', async () => {
    const engine = wasm({ threads: 2 })
    const product = async (name: string) => {
      const graph = new Graph()
      const x = ops.input(graph, 'x', { shape: [3, 8], dtype: 'f32', batched: true })
      graph.output('y', ops.matmul(x, ops.param(graph, name, [8, 8])))
      const executable = await engine.compile(graph, 3)
      return async () => (await executable.run({ count: 3, inputs: { x: new Float32Array(24).fill(1) } })).y[23]
    }
    const [a, b] = [await product('a'), await product('b')]
    const set = (name: string, value: number) => engine.write(name, new Float32Array(64).fill(value))
    set('a', 1)
    set('b', 2)
    expect([await a(), await a(), await b(), await a(), await b()]).toEqual([8, 8, 16, 8, 16])
    set('b', 3)
    expect([await b(), await b(), await a()]).toEqual([24, 24, 8])
  })

  it('copies the inputs of a run that is asked for before the last has ended', async () => {
    const graph = new Graph()
    const x = ops.input(graph, 'x', { shape: [2, 3], dtype: 'f32', batched: true })
    graph.output('y', ops.scale(x, 2))
    const executable = await wasm({ threads: 2 }).compile(graph, 2)
    const runs = [1, 2, 3, 4, 5].map((value) =>
      executable.run({ count: 2, inputs: { x: new Float32Array(6).fill(value) } }),
    )
    const results = await Promise.all(runs)
    expect(results.map(({ y }) => y[5])).toEqual([2, 4, 6, 8, 10])
  })

  it('compiles while a run is under way', async () => {
    const engine = wasm({ threads: 2 })
    const { graph } = trainingGraph()
    const executable = await engine.compile(graph, BATCH)
    const inputs = { x: new Uint8Array(BATCH * 432), y: new Int32Array(BATCH) }
    const run = executable.run({ count: BATCH, inputs, scalars: { invBatch: 1, rate: 0 } })
    const [, other] = await Promise.all([run, engine.compile(trainingGraph().graph, BATCH)])
    expect((await other.run({ count: BATCH, inputs, scalars: { invBatch: 1, rate: 0 } })).loss[0]).toBeGreaterThan(0)
  })

  it('returns what it was fed when a graph asks for it', async () => {
    const graph = new Graph()
    const x = ops.input(graph, 'x', { shape: [2, 3], dtype: 'f32', batched: true })
    graph.output('x', x)
    graph.output('y', ops.relu(x))
    const executable = await wasm().compile(graph, 2)
    const values = [1, -2, 3, -4, 5, 6]
    const { x: same, y } = await executable.run({ count: 2, inputs: { x: Float32Array.from(values) } })
    expect([[...same], [...y]]).toEqual([values, [1, 0, 3, 0, 5, 6]])
  })

  it('says what is wrong with a feed or an option', async () => {
    const { graph } = trainingGraph()
    const executable = await wasm().compile(graph, BATCH)
    const feed = { inputs: { x: new Uint8Array(432), y: new Int32Array(2) }, scalars: { invBatch: 1, rate: 0 } }
    expect(() => executable.run({ count: 1, ...feed })).toThrow('run: input y needs 1 elements, received: 2')
    expect(() => executable.run({ count: 25, ...feed })).toThrow('count must be 1 to 24, received: 25')
    expect(() => wasm({ threads: 0 })).toThrow('threads must be a whole number from 1, received: 0')
    expect(() => wasm().read('nothing')).toThrow('no parameter of the name received: "nothing"')
    expect(wasm({ threads: 5 }).notes).toEqual(['5 threads on 4 cores: more threads than cores do not help'])
  })

  it('measures a peak above zero', async () => {
    expect(await wasm({ threads: 2 }).measurePeak()).toBeGreaterThan(0.1)
  })
})
