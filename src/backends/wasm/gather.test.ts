/** @file Examples that lie in shared memory: threads pick those of a batch by themselves, and anybody else gets the same. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { flags } from '../../base/flags.ts'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../../ops/index.ts'
import type { TypedArray } from '../../tensor/ndarray.ts'
import { sharedBytes } from '../../tensor/shared.ts'
import type { Engine, Items } from '../engine.ts'
import { ReferenceEngine } from '../reference/reference-engine.ts'
import { WasmEngine } from './wasm-engine.ts'
import { spawnWorker as spawn } from './worker-testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const BATCH = 6
const ITEMS = 50

const open: Engine[] = []
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close()
})

/** Pixels plus numbers plus labels, for each image. */
function sums(): Graph {
  const graph = new Graph()
  const pixels = ops.input(graph, 'pixels', { shape: [BATCH, 2, 5], dtype: 'u8', batched: true })
  const numbers = ops.input(graph, 'numbers', { shape: [BATCH, 2, 5], dtype: 'f32', batched: true })
  graph.output('sum', ops.add(ops.cast(pixels, { scale: 1, offset: 0 }), numbers))
  return graph
}

/** [50, 2, 5] each: item i holds i and i / 4. */
function examples() {
  const pixels = sharedBytes(ITEMS * 10).map((_, i) => Math.floor(i / 10))
  const shared = sharedBytes(16 + ITEMS * 40)
  const numbers = new Float32Array(shared.buffer, 16)
  numbers.forEach((_, i) => {
    numbers[i] = Math.floor(i / 10) / 4
  })
  const inShared = sharedBytes(ITEMS * 10)
  inShared.set(pixels)
  return { pixels: inShared, numbers }
}

const pick = (data: TypedArray, ...order: number[]): Items => ({ data, size: 10, order: Uint32Array.from(order) })

async function results(engine: Engine, orders: readonly (readonly number[])[]) {
  open.push(engine)
  const executable = await engine.compile(sums(), BATCH)
  const { pixels, numbers } = examples()
  const run = (order: readonly number[]) => {
    const inputs = { pixels: pick(pixels, ...order), numbers: pick(numbers, ...order) }
    const running = executable.run({ count: order.length, inputs })
    for (const items of Object.values(inputs)) items.order.fill(0) // was noted at once
    return running
  }
  const lasts: number[][] = []
  for (let i = 0; i < orders.length; i += 2)
    for (const { sum } of await Promise.all(orders.slice(i, i + 2).map(run)))
      lasts.push(Array.from({ length: sum.length / 10 }, (_, k) => sum[10 * k + 9]))
  return lasts
}

const ORDERS = [[3, 49, 0, 7, 7, 12], [21, 5], [48], [1, 2, 3, 4, 5, 6]]
const EXPECTED = ORDERS.map((order) => order.map((item) => item * 1.25))

describe('items of arrays', () => {
  it.each([1, 3])('reach the kernels of %i threads', async (threads) => {
    expect(await results(new WasmEngine({ cores: 4, threads, spawn }), ORDERS)).toEqual(EXPECTED)
  })

  it('are picked by the calling thread where it computes, and by the reference', async () => {
    expect(await results(new WasmEngine({ cores: 1 }), ORDERS)).toEqual(EXPECTED)
    expect(await results(new ReferenceEngine(), ORDERS)).toEqual(EXPECTED)
  })

  it('reach the kernels when these are looked at one by one', async () => {
    flags.check = true
    try {
      expect(await results(new WasmEngine({ cores: 2, threads: 2, spawn }), ORDERS)).toEqual(EXPECTED)
    } finally {
      flags.check = false
    }
  })

  it('must be there', async () => {
    const engine = new WasmEngine({ cores: 2, threads: 2, spawn })
    open.push(engine)
    const executable = await engine.compile(sums(), BATCH)
    const { pixels, numbers } = examples()
    const run =
      (order: number[], count = order.length) =>
      () =>
        executable.run({ count, inputs: { pixels: pick(pixels, ...order), numbers: pick(numbers, ...order) } })
    expect(run([1, 50])).toThrow('run: input pixels has 50 items, received: "item 50"')
    expect(run([1, 2], 3)).toThrow('run: input pixels needs 30 elements, received: 20')
  })
})
