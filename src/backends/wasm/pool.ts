/**
 * @file Who runs a compiled plan: a pool of workers on shared memory, or this very thread when
 * memory cannot be shared. The thread that asks never blocks for longer than one lane takes, or a very small job.
 */
import { breathe } from '../../base/breath.ts'
import { invariant, SeparableError } from '../../base/errors.ts'
import { Board } from './board.ts'
import { Caller } from './caller.ts'
import type { Job, JobExports } from './job.ts'
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
  private readonly caller: Caller

  constructor(memory: EngineMemory, threads: number, spawn: () => WorkerHandle) {
    this.memory = memory
    this.threads = threads
    this.board = new Board(memory, threads)
    this.caller = new Caller(memory)
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

  async run(job: Job, gathering = 0): Promise<void> {
    if (this.broken) throw this.broken
    if (gathering === 0 && this.caller.takesPart(job)) {
      await breathe()
      if (this.broken) throw this.broken
      const threads = this.caller.threadsFor(job, this.threads)
      if (threads > 1) this.board.callForHelp(job.id)
      this.orBreak(() => this.caller.run(job, threads))
      return
    }
    const ended = this.answers(1)
    const start = performance.now()
    this.board.callForJob(job.id, gathering)
    await ended
    this.caller.heard(job, performance.now() - start)
  }

  close(): void {
    for (const worker of this.workers) worker.terminate()
    this.broken ??= new SeparableError('argument', 'the engine is closed')
  }

  /** One message to each worker; resolves when all have answered. */
  private broadcast(message: (thread: number) => Message<ToWorker>): Promise<void> {
    const ended = this.answers(this.threads)
    this.board.announceMessage()
    this.workers.forEach((worker, thread) => {
      worker.post({ ...message(thread), ticket: this.board.ticketOf(thread) })
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
    if (answer.type === 'failed') pending?.reject(this.break(`a worker failed: ${answer.reason}`))
    else if (pending && --pending.left === 0) pending.resolve()
  }

  private orBreak(work: () => void): void {
    try {
      work()
    } catch (error) {
      throw this.break(String(error))
    }
  }

  /** Others may wait at a barrier for the one that failed, for ever. */
  private break(reason: string): SeparableError {
    this.broken ??= new SeparableError('internal', reason)
    for (const worker of this.workers) worker.terminate()
    return this.broken
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
