/**
 * @file Who runs a compiled plan: a pool of workers on shared memory, or this very thread when
 * memory cannot be shared. The thread that asks never blocks for longer than one lane takes.
 */
import { SeparableError } from '../../base/errors.ts'
import type { EngineMemory } from './memory.ts'

export type ToWorker =
  | { type: 'greet' }
  | { type: 'load'; id: number; module: WebAssembly.Module; memory: WebAssembly.Memory }
  | { type: 'run'; id: number; thread: number; threads: number }

export type FromWorker = { type: 'done' } | { type: 'failed'; reason: string }

/** A started worker.js; Node's and the browser's workers fit behind it. */
export interface WorkerHandle {
  post(message: ToWorker): void
  /** Called with each answer; a worker that dies answers `failed`. */
  onAnswer(listener: (answer: FromWorker) => void): void
  /** While busy, the worker keeps the process alive. */
  setBusy(busy: boolean): void
  terminate(): void
}

/** A module with `step(thread, threads)`, or without: then `inline` runs it piece by piece. */
export interface Job {
  readonly id: number
  readonly module: WebAssembly.Module
  inline?(exports: JobExports): Promise<void>
}

export interface JobExports {
  readonly [name: string]: ((...args: number[]) => void) | undefined
}

export interface Pool {
  readonly threads: number
  /** Resolves when all threads have started. */
  ready(): Promise<void>
  load(job: Job): Promise<void>
  /** Runs the job once; inputs, scalars and the count are in place. */
  run(job: Job): Promise<void>
  close(): void
}

export class WorkerPool implements Pool {
  readonly threads: number
  private readonly memory: EngineMemory
  private readonly workers: WorkerHandle[]
  private readonly waiting: ((answer: FromWorker) => void)[]
  private broken: SeparableError | undefined

  constructor(memory: EngineMemory, threads: number, spawn: () => WorkerHandle) {
    this.memory = memory
    this.threads = threads
    this.workers = Array.from({ length: threads }, spawn)
    this.waiting = this.workers.map(() => () => {})
    this.workers.forEach((worker, i) => {
      worker.onAnswer((answer) => (this.waiting[i] as (answer: FromWorker) => void)(answer))
    })
  }

  ready(): Promise<void> {
    return this.broadcast(() => ({ type: 'greet' }))
  }

  load({ id, module }: Job): Promise<void> {
    return this.broadcast(() => ({ type: 'load', id, module, memory: this.memory.memory }))
  }

  run({ id }: Job): Promise<void> {
    return this.broadcast((thread) => ({ type: 'run', id, thread, threads: this.threads }))
  }

  close(): void {
    for (const worker of this.workers) worker.terminate()
    this.broken ??= new SeparableError('argument', 'the engine is closed')
  }

  /** One message to each worker; resolves when all have answered. One failure ends all: the others wait at a barrier. */
  private async broadcast(message: (thread: number) => ToWorker): Promise<void> {
    if (this.broken) throw this.broken
    try {
      await Promise.all(
        this.workers.map(async (worker, i) => {
          const answer = new Promise<FromWorker>((resolve) => {
            this.waiting[i] = resolve
          })
          worker.setBusy(true)
          worker.post(message(i))
          const { type, ...rest } = await answer
          worker.setBusy(false)
          if (type === 'failed')
            throw new SeparableError('internal', `a worker failed: ${(rest as { reason: string }).reason}`)
        }),
      )
    } catch (error) {
      this.broken = error as SeparableError
      for (const worker of this.workers) worker.terminate()
      throw error
    }
  }
}

/** Runs everything on the calling thread. */
export class InlinePool implements Pool {
  readonly threads = 1
  private readonly memory: EngineMemory
  private readonly instances = new Map<number, WebAssembly.Instance>()

  constructor(memory: EngineMemory) {
    this.memory = memory
  }

  async ready(): Promise<void> {}

  async load({ id, module }: Job): Promise<void> {
    this.instances.set(id, await WebAssembly.instantiate(module, { env: { memory: this.memory.memory } }))
  }

  async run(job: Job): Promise<void> {
    const exports = this.instances.get(job.id)?.exports as unknown as JobExports
    if (job.inline) await job.inline(exports)
    else exports.step?.(0, 1)
  }

  close(): void {
    this.instances.clear()
  }
}
