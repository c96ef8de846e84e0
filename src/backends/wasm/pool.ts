/**
 * @file Who runs a compiled plan: a pool of workers on shared memory, or this very thread when
 * memory cannot be shared. The thread that asks never blocks for longer than one lane takes.
 */
import { invariant, SeparableError } from '../../base/errors.ts'
import { Board } from './board.ts'
import type { EngineMemory } from './memory.ts'

export type ToWorker = { readonly ticket: number } & (
  | { type: 'open'; memory: WebAssembly.Memory; board: number; thread: number; threads: number }
  | { type: 'load'; id: number; module: WebAssembly.Module }
  /** Examples that later jobs read. */
  | { type: 'share'; source: number; buffer: SharedArrayBuffer }
  | { type: 'forget'; source: number }
)

type Message<M> = M extends unknown ? Omit<M, 'ticket'> : never

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
  /** Makes an array of examples readable for the workers, if they can gather; its number for `run`'s gathering. */
  share(buffer: SharedArrayBuffer): Promise<number>
  /**
   * Runs the job once; inputs, scalars and the count are in place, but for what is to be gathered before.
   * @param gathering address of its description (`gather.ts`), 0 for nothing
   */
  run(job: Job, gathering?: number): Promise<void>
  close(): void
}

export class WorkerPool implements Pool {
  readonly threads: number
  private readonly memory: EngineMemory
  private readonly board: Board
  private readonly workers: WorkerHandle[]
  private readonly sources = new WeakMap<SharedArrayBuffer, number>()
  private sourceCount = 0
  /** Sources that nobody holds here any more, but the workers. */
  private readonly lost: number[] = []
  private readonly losses = new FinalizationRegistry<number>((source) => this.lost.push(source))
  private opened: Promise<void> | undefined
  /** The answers that are waited for. */
  private pending: { left: number; resolve(): void; reject(error: SeparableError): void } | undefined
  private broken: SeparableError | undefined

  constructor(memory: EngineMemory, threads: number, spawn: () => WorkerHandle) {
    this.memory = memory
    this.threads = threads
    this.board = new Board(memory)
    this.workers = Array.from({ length: threads }, spawn)
    for (const worker of this.workers) worker.onAnswer((answer) => this.receive(answer))
  }

  ready(): Promise<void> {
    this.opened ??= this.broadcast((thread) => ({
      type: 'open',
      memory: this.memory.memory,
      board: this.board.address,
      thread,
      threads: this.threads,
    }))
    return this.opened
  }

  async load({ id, module }: Job): Promise<void> {
    await this.ready()
    await this.broadcast(() => ({ type: 'load', id, module }))
  }

  async share(buffer: SharedArrayBuffer): Promise<number> {
    for (const source of this.lost.splice(0)) await this.broadcast(() => ({ type: 'forget', source }))
    const known = this.sources.get(buffer)
    if (known !== undefined) return known
    const source = this.sourceCount++
    this.sources.set(buffer, source)
    this.losses.register(buffer, source)
    await this.broadcast(() => ({ type: 'share', source, buffer }))
    return source
  }

  run({ id }: Job, gathering = 0): Promise<void> {
    const ended = this.answers(1)
    this.board.callForJob(id, this.threads, gathering)
    return ended
  }

  close(): void {
    for (const worker of this.workers) worker.terminate()
    this.broken ??= new SeparableError('argument', 'the engine is closed')
  }

  /** One message to each worker; resolves when all have answered. */
  private broadcast(message: (thread: number) => Message<ToWorker>): Promise<void> {
    const ended = this.answers(this.threads)
    const ticket = this.board.announceMessage()
    this.workers.forEach((worker, thread) => {
      worker.post({ ...message(thread), ticket })
    })
    return ended
  }

  /** Resolves when so many answers have come. One failure ends all: the other workers may wait at a barrier. */
  private async answers(count: number): Promise<void> {
    if (this.broken) throw this.broken
    const [first] = this.workers as [WorkerHandle]
    first.setBusy(true) // one is enough to keep the process alive
    try {
      await new Promise<void>((resolve, reject) => {
        this.pending = { left: count, resolve, reject }
      })
    } finally {
      first.setBusy(false)
    }
  }

  private receive(answer: FromWorker): void {
    const { pending } = this
    if (answer.type === 'done') {
      if (pending && --pending.left === 0) pending.resolve()
      return
    }
    this.broken ??= new SeparableError('internal', `a worker failed: ${answer.reason}`)
    for (const worker of this.workers) worker.terminate()
    pending?.reject(this.broken)
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

  share(): Promise<number> {
    invariant(false, 'the calling thread needs nobody to share with')
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
