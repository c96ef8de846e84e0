/** @file The wasm backend as an `Engine`: one memory, one pool of workers, parameters by name. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Graph } from '../../ir/graph.ts'
import { type Storage, storageOf } from '../../ops/cpu/storage.ts'
import { cpuKernelOf } from '../../ops/cpu.ts'
import { makePlan } from '../../passes/cpu/plan.ts'
import { type Shape, showShape } from '../../tensor/ndarray.ts'
import type { Engine } from '../engine.ts'
import { compileModule } from './compile-module.ts'
import { type Host, WasmExecutable } from './executable.ts'
import { probeFeatures } from './features.ts'
import type { Job } from './job.ts'
import { EngineMemory } from './memory.ts'
import { PEAK_STEP_FLOPS, peakModule } from './peak.ts'
import { InlinePool, type Pool, type WorkerHandle, WorkerPool } from './pool.ts'
import { copyIn, copyOut } from './rows.ts'
import { fastestTileRows, type TestRecords } from './tile-test.ts'

export interface WasmEngineOptions {
  /** Threads to compute with. Default: `cores`. */
  readonly threads?: number
  /** Processor cores of this machine. */
  readonly cores: number
  /** Starts a worker.js; without it everything runs on the calling thread. */
  readonly spawn?: () => WorkerHandle
  /** Keeps results of self-tests for other processes; without it they are made anew. They change no bit of any result. */
  readonly records?: TestRecords | undefined
  /** `portable` emits plain multiply and add, for bit-equality with machines that have no fused ones. Default: `machine`. */
  readonly deterministic?: 'machine' | 'portable'
  /** Turns kernel fusion off, to test that it changes nothing. Default: true. */
  readonly fuse?: boolean
  /** Forces kernel variants whose name contains this. */
  readonly kernel?: string
}

const PEAK_ROUNDS = 30

const UNFUSED =
  'multiply and add are rounded apart here: last digits differ from engines that fuse them, unless all are given configure({ deterministic: "portable" })'

interface Param {
  readonly address: number
  readonly shape: Shape
  readonly storage: Storage
}

export class WasmEngine implements Engine {
  readonly backend = 'wasm'
  readonly machine: { readonly isa: 'relaxed' | 'simd'; readonly tileRows: 4 | 6 }
  private readonly options: WasmEngineOptions
  private readonly known: readonly string[]
  private readonly memory: EngineMemory
  private readonly pool: Pool
  private readonly host: Host
  private readonly params = new Map<string, Param>()
  private readonly space = { address: 0, bytes: 0 }
  private executables = 0
  private running: Promise<unknown> = Promise.resolve()

  constructor(options: WasmEngineOptions) {
    const { threads = options.cores, spawn } = options
    if (!Number.isInteger(threads) || threads < 1)
      throw new SeparableError('argument', `threads must be a whole number from 1, ${received(threads)}`)
    const features = probeFeatures(options.deterministic === 'portable' ? { isa: 'simd' } : {})
    this.options = options
    this.memory = new EngineMemory(features.sharedMemory && spawn !== undefined)
    this.pool = this.memory.shared && spawn ? new WorkerPool(this.memory, threads, spawn) : new InlinePool(this.memory)
    this.host = {
      memory: this.memory,
      pool: this.pool,
      param: (name) => this.param(name).address,
      workspace: (bytes) => this.workspace(bytes),
      prepared: undefined,
    }
    this.machine = { isa: features.isa, tileRows: fastestTileRows(features.isa, options.records) }
    const { shared } = this.memory
    this.known = [
      ...(shared ? [] : ['no shared memory: computing on one thread, the calling one']),
      ...(features.isa === 'simd' && options.deterministic !== 'portable'
        ? [
            features.unfused
              ? UNFUSED
              : 'no relaxed SIMD: products run as separate multiply and add, about half as fast',
          ]
        : []),
      ...(shared && threads > options.cores
        ? [`${threads} threads on ${options.cores} cores: more threads than cores do not help`]
        : []),
    ]
  }

  get threads(): number {
    return this.pool.threads
  }

  get notes(): readonly string[] {
    return this.pool.note ? [...this.known, this.pool.note] : this.known
  }

  /** Does not wait for its turn: graphs are compiled while workers start. */
  ready(): Promise<void> {
    return this.pool.ready()
  }

  declare(name: string, shape: Shape): void {
    const known = this.params.get(name)
    if (known) {
      if (showShape(known.shape) === showShape(shape)) return
      throw new SeparableError('shape', `parameter ${name} has the shape ${showShape(known.shape)}, ${received(shape)}`)
    }
    const storage = storageOf({ shape, dtype: 'f32', batched: false })
    this.params.set(name, { address: this.memory.allocate(storage.bytes), shape, storage })
  }

  read(name: string): Float32Array<ArrayBuffer> {
    const { address, storage } = this.param(name)
    return copyOut(this.memory, address, storage, 1)
  }

  write(name: string, values: ArrayLike<number>): void {
    const { address, storage, shape } = this.param(name)
    if (values.length !== storage.rows * storage.cols)
      throw new SeparableError(
        'shape',
        `parameter ${name} ${showShape(shape)} needs ${storage.rows * storage.cols} values, ${received(values.length)}`,
      )
    this.host.prepared = undefined
    copyIn(this.memory, address, storage, 1, values)
  }

  clear(name: string): void {
    const { address, storage } = this.param(name)
    this.host.prepared = undefined
    this.memory.u8(address, storage.bytes).fill(0)
  }

  async compile(graph: Graph, batch: number): Promise<WasmExecutable> {
    for (const node of graph.live())
      if (node.op.traits.leaf === 'param') this.declare(String(node.attrs.name), node.shape)
    const { fuse = true, kernel } = this.options
    const kernels = {
      machine: this.machine,
      kernelOf: cpuKernelOf,
      ...(kernel === undefined ? {} : { prefer: kernel }),
    }
    const plan = makePlan(graph, batch, kernels, { fuse })
    return this.enqueue(() => WasmExecutable.create(this.host, this.executables++, plan, (job) => this.enqueue(job)))
  }

  /** GFLOP/s of this engine's threads together, best of several short runs: the machine's 128-bit limit. */
  async measurePeak(): Promise<number> {
    const { isa } = this.machine
    const module = await compileModule(peakModule(isa, this.memory.shared, this.memory.maxPages))
    const job = { id: this.executables++, module }
    const best = await this.enqueue(() => this.fastest(job, PEAK_ROUNDS))
    return (PEAK_STEP_FLOPS * this.threads) / best / 1e6
  }

  private async fastest(job: Job, rounds: number): Promise<number> {
    await this.pool.load(job)
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      await this.pool.run(job)
      best = Math.min(best, performance.now() - start)
    }
    return best
  }

  async close(): Promise<void> {
    await this.running.catch(() => {})
    this.pool.close()
  }

  /**
   * One thing at a time, in the order of the calls: executables share the parameters and the
   * workspace, and workers that compute cannot take a new module.
   */
  private enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.running.then(job)
    this.running = result.catch(() => {})
    return result
  }

  private param(name: string): Param {
    const param = this.params.get(name)
    if (!param) throw new SeparableError('argument', `no parameter of the name ${received(name)}`)
    return param
  }

  /** One region for all executables, since only one runs at a time; an outgrown one stays for those that use it. */
  private workspace(bytes: number): number {
    const { space, memory } = this
    if (space.bytes < bytes && !(space.bytes > 0 && memory.extend(space.address, space.bytes, bytes)))
      space.address = memory.allocate(bytes)
    space.bytes = Math.max(space.bytes, bytes)
    return space.address
  }
}
