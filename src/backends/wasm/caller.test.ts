/** @file Small jobs run on the thread that asks: the same bits, and the event loop still turns. */
import { setFlagsFromString } from 'node:v8'
import { afterEach, expect, it, vi } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../../ops/index.ts'
import { Caller } from './caller.ts'
import type { Job, JobExports } from './job.ts'
import { WasmEngine } from './wasm-engine.ts'
import { spawnWorker as spawn } from './worker-testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const open: WasmEngine[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const engine of open.splice(0)) await engine.close()
})

/** A dense layer on single items, with all weights 1/8. */
async function dense() {
  const engine = new WasmEngine({ cores: 2, threads: 2, spawn })
  open.push(engine)
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [1, 8], dtype: 'f32', batched: true })
  graph.output('y', ops.matmul(x, ops.param(graph, 'w', [8, 16])))
  const executable = await engine.compile(graph, 1)
  engine.write('w', new Float32Array(128).fill(1 / 8))
  return (value: number) => executable.run({ count: 1, inputs: { x: new Float32Array(8).fill(value) } })
}

it('the caller takes the place of a worker once it knows that the job is small', async () => {
  const run = await dense()
  vi.spyOn(performance, 'now').mockReturnValue(0) // a clock by which nothing takes any time
  const joined = vi.spyOn(Caller.prototype, 'run')
  expect((await run(3)).y).toEqual(new Float32Array(16).fill(3))
  expect(joined).not.toHaveBeenCalled()
  for (let i = 0; i < 20; i++) expect((await run(i)).y).toEqual(new Float32Array(16).fill(i))
  expect(joined).toHaveBeenCalledTimes(20)
})

it('a job that takes its time is left to the workers', async () => {
  const run = await dense()
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 3))
  const joined = vi.spyOn(Caller.prototype, 'run')
  for (let i = 0; i < 5; i++) expect((await run(i)).y).toEqual(new Float32Array(16).fill(i))
  expect(joined).not.toHaveBeenCalled()
})

it('jobs without an end keep no timer waiting', async () => {
  const run = await dense()
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  for (let i = 0; i < 100_000 && turns < 3; i++) await run(i)
  clearInterval(timer)
  expect(turns).toBeGreaterThanOrEqual(3)
})

it('a caller that fails ends the engine, since workers wait for it', async () => {
  const run = await dense()
  vi.spyOn(Caller.prototype, 'takesPart').mockReturnValue(true)
  vi.spyOn(Caller.prototype, 'run').mockImplementation(() => {
    throw new Error('out of bounds')
  })
  await expect(run(1)).rejects.toThrow('out of bounds')
  vi.restoreAllMocks()
  await expect(run(1)).rejects.toThrow('out of bounds')
})

it.each([
  ['alone where that is faster', 0.25, 0.5, 1],
  ['with help where that is faster', 0.75, 0.5, 2],
])('a very small job is done %s, once that was tried', async (_, alone, helped, expected) => {
  const run = await dense()
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const threads: number[] = []
  const caller = Caller.prototype as unknown as { open(job: Job): JobExports }
  const { open } = caller
  vi.spyOn(caller, 'open').mockImplementation(function (this: unknown, job) {
    const exports = open.call(this, job)
    const step = (thread: number, count: number) => {
      threads.push(count)
      exports.step?.(thread, count)
      now += count > 1 ? helped : alone
    }
    return { ...exports, step }
  })
  for (let i = 0; i < 300; i++) expect((await run(i)).y).toEqual(new Float32Array(16).fill(i))
  expect(threads.slice(0, 100)).toEqual(Array(100).fill(2))
  expect(threads).toContain(1)
  expect(threads.slice(-100)).toEqual(Array(100).fill(expected))
})
