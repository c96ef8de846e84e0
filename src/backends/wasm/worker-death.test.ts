/** @file Workers that do not start, and workers that die: one thread and a note, or one clear line; nothing ever hangs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../../ops/index.ts'
import { createEngine, setEngineFactory, setScreen } from '../../train/environment.ts'
import { Caller } from './caller.ts'
import type { WorkerHandle } from './pool.ts'
import { WasmEngine } from './wasm-engine.ts'
import { spawnWorker } from './worker-testing.ts'

setFlagsFromString('--experimental-wasm-relaxed-simd')

const WORKER = new URL('./worker.js', import.meta.url)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'separable-workers-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const open: WasmEngine[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  for (const engine of open.splice(0)) await engine.close()
})

let scripts = 0

/** Starts this text in the place of worker.js; where `${import}` stands comes the real one. */
function script(text: string): () => WorkerHandle {
  const path = join(folder, `${scripts++}.mjs`)
  writeFileSync(path, text)
  return () => spawnWorker(path, { resourceLimits: { maxOldGenerationSizeMb: 32 } })
}

const real = `await import(${JSON.stringify(WORKER.href)})`

/** The real worker, but for what its jobs do. */
const withStep = (step: string) =>
  script(`
  const { Instance } = WebAssembly
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports)
    let runs = 0
    return { exports: { ...exports, step(thread, threads, patience) { ${step}; exports.step(thread, threads, patience) } } }
  }
  ${real}`)

function engineWith(spawn: () => WorkerHandle): WasmEngine {
  const engine = new WasmEngine({ cores: 2, threads: 2, spawn })
  open.push(engine)
  return engine
}

/** A dense layer on single items, with all weights 1/8; its input may lie where workers pick it. */
async function dense(engine: WasmEngine) {
  const graph = new Graph()
  const x = ops.input(graph, 'x', { shape: [1, 8], dtype: 'f32', batched: true })
  graph.output('y', ops.matmul(x, ops.param(graph, 'w', [8, 16])))
  const executable = await engine.compile(graph, 1)
  engine.write('w', new Float32Array(128).fill(1 / 8))
  const data = new Float32Array(new SharedArrayBuffer(64)).fill(3)
  const gathered = { data, size: 8, order: Uint32Array.of(1) }
  return {
    run: (value: number) => executable.run({ count: 1, inputs: { x: new Float32Array(8).fill(value) } }),
    gather: () => executable.run({ count: 1, inputs: { x: gathered } }),
  }
}

describe('workers that do not start leave one thread and a note', () => {
  it.each([
    ['whose file is missing', () => spawnWorker(join(folder, 'missing.js')), 'Cannot find module'],
    ['that throw while loading', script_(`throw new Error('on purpose')`), 'on purpose'],
    ['that cannot be parsed', script_('const = 1'), 'SyntaxError'],
    ['that exit before they are ready', script_('process.exit(7)'), 'exit code 7'],
    ['that end without a word', script_('0'), 'exit code 0'],
    [
      'that may not be made',
      () => {
        throw new Error('Worker is not defined')
      },
      'Worker is not defined',
    ],
  ])('%s', async (_, spawn, reason) => {
    const engine = engineWith(spawn)
    const { run, gather } = await dense(engine)
    expect([(await run(2)).y, (await gather()).y]).toEqual([2, 3].map((value) => new Float32Array(16).fill(value)))
    expect(engine.threads).toBe(1)
    expect(engine.notes).toEqual([
      expect.stringMatching(/^workers do not start \(.*\): computing on one thread, the calling one$/),
    ])
    expect(engine.notes[0]).toContain(reason)
    expect(await engine.measurePeak()).toBeGreaterThan(0)
  })

  it('that never answer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const engine = engineWith(script('setInterval(() => {}, 1000)'))
    const started = engine.ready()
    await vi.advanceTimersByTimeAsync(31_000)
    await started
    expect(engine.notes).toEqual([expect.stringContaining('(no answer for 30 seconds)')])
    expect((await (await dense(engine)).run(2)).y[0]).toBe(2)
  })

  it('which the screen is told', async () => {
    const lines: string[] = []
    setScreen({
      interactive: false,
      columns: 80,
      color: false,
      print() {},
      draw() {},
      endDrawing() {},
      warn: (line) => lines.push(line),
    })
    setEngineFactory(async () => engineWith(() => spawnWorker(join(folder, 'missing.js'))))
    const engine = await createEngine()
    await engine.ready()
    await Promise.resolve()
    expect(lines).toEqual([expect.stringContaining('computing on one thread')])
  })
})

describe('a worker that dies later is one clear line', () => {
  const { patience } = Caller
  beforeAll(() => {
    Caller.patience = 1
  })
  afterAll(() => {
    Caller.patience = patience
  })

  const line = /^a worker (ended or does not answer: dispose\(\) of the model|failed).*, received: "(.*)"$/

  it('in the midst of a step', async () => {
    const { run } = await dense(engineWith(withStep('if (thread === 1) process.exit(7)')))
    await expect(run(1)).rejects.toThrow(line)
    await expect(run(1)).rejects.toThrow('exit code 7')
  })

  it('because it wants too much memory', async () => {
    const { run } = await dense(
      engineWith(withStep('const all = []; for (;;) all.push(new Array(1e6).fill(all.length + 0.5))')),
    )
    await expect(run(1)).rejects.toThrow(/memory/)
  })

  it('while the thread that asks works in its place, and cannot hear of it', async () => {
    vi.spyOn(Caller.prototype, 'takesPart').mockReturnValue(true)
    const { run } = await dense(engineWith(withStep('process.exit(7)')))
    await expect(run(1)).rejects.toThrow('received: "no answer"')
    await expect(run(1)).rejects.toThrow('received: "no answer"')
  })

  it('between two steps, and while the model is disposed of', async () => {
    const handles: WorkerHandle[] = []
    const engine = engineWith(() => {
      const handle = spawnWorker()
      handles.push(handle)
      return handle
    })
    const { run } = await dense(engine)
    await run(1)
    handles[1].terminate()
    const lost = await run(1).catch(({ message }) => message)
    expect(lost).toMatch(line)
    await engine.close()
    await expect(run(1)).rejects.toThrow(lost)
  })

  it('when it fails at a job', async () => {
    const { run } = await dense(engineWith(withStep(`throw new Error('on purpose')`)))
    await expect(run(1)).rejects.toThrow(/^a worker failed, received: "Error: on purpose/)
  })
})

/** As `script`, for tables of tests, which are read before the folder is there. */
function script_(text: string): () => WorkerHandle {
  let spawn: (() => WorkerHandle) | undefined
  return () => {
    spawn ??= script(text)
    return spawn()
  }
}
