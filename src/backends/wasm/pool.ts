/**
 * @file Who runs a compiled plan: a pool of workers on shared memory, or this very thread when memory cannot be shared or
 * workers do not start. The thread that asks never blocks for longer than one lane takes, or a very small job.
 */
import { breathe } from '../../base/breath.ts'
import { invariant, oneLine, received, SeparableError } from '../../base/errors.ts'
import { Board } from './board.ts'
import { Caller, isPatienceOver } from './caller.ts'
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

/** `failed`: it threw. `ended`: it could not be loaded, or it is no more; sent by the handle in its place. */
export type FromWorker = { type: 'done' } | { type: 'failed' | 'ended'; reason: string }

/** So long a message may go without the answer of any worker. */
const SILENCE_S = 30

/** A started worker.js; Node's and the browser's workers fit behind it. */
export interface WorkerHandle {
  post(message: ToWorker): void
  /** Called with each answer; for a worker that dies, or never lived, with `ended`. */
  onAnswer(listener: (answer: FromWorker) => void): void
  /** While busy, the worker keeps the process alive. */
  setBusy(busy: boolean): void
  terminate(): void
}

export interface Pool {
  readonly threads: number
  /** Whether its threads bring examples into place by themselves: see `share`. */
  readonly gathers: boolean
  /** What runs slower than it could, known when it is ready. */
  readonly note: string | undefined
  /** Resolves when all threads have started. */
  ready(): Promise<void>
  load(job: Job): Promise<void>
  /** Makes an array of examples readable for the workers that gather; its number for `run`'s gathering. */
  share(buffer: SharedArrayBuffer): Promise<number>
  /**
   * Runs the job once; inputs, scalars and the count are in place, but for what is to be gathered before.
   * @param gathering address of its description (`gather.ts`), 0 for nothing
   */
  run(job: Job, gathering?: number): Promise<void>
  close(): void
}

export class WorkerPool implements Pool {
  private readonly wanted: number
  private readonly memory: EngineMemory
  private readonly board: Board
  private readonly workers: WorkerHandle[] = []
  /** Takes over when the workers did not start: any number of threads gives the same bits. */
  private alone: InlinePool | undefined
  private readonly sources = new WeakMap<SharedArrayBuffer, number>()
  private sourceCount = 0
  /** Sources that nobody holds here any more, but the workers. */
  private readonly lost: number[] = []
  private readonly losses = new FinalizationRegistry<number>((source) => this.lost.push(source))
  private opened: Promise<void> | undefined
  /** The answers that are waited for. */
  private pending: { left: number; resolve(): void; reject(error: SeparableError): void } | undefined
  /** Why nothing can be computed any more. */
  private broken: SeparableError | undefined
  private reason = ''
  private closed = false
  /** Seconds without an answer. */
  private silence = 0
  private readonly caller: Caller

  constructor(memory: EngineMemory, threads: number, spawn: () => WorkerHandle) {
    this.memory = memory
    this.wanted = threads
    this.board = new Board(memory, threads)
    this.caller = new Caller(memory)
    try {
      for (let thread = 0; thread < threads; thread++) this.spawn(spawn)
    } catch (error) {
      this.break(ended(messageOf(error)))
    }
  }

  get threads(): number {
    return this.alone ? 1 : this.wanted
  }

  get gathers(): boolean {
    return !this.alone
  }

  get note(): string | undefined {
    return this.alone && `workers do not start (${this.reason}): computing on one thread, the calling one`
  }

  ready(): Promise<void> {
    this.opened ??= this.open()
    return this.opened
  }

  async load(job: Job): Promise<void> {
    await this.ready()
    if (this.alone) return this.alone.load(job)
    await this.broadcast(() => ({ type: 'load', id: job.id, module: job.module }))
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
    if (this.alone) return this.alone.run(job)
    if (this.broken) throw this.broken
    if (gathering === 0 && this.caller.takesPart(job)) {
      await breathe()
      if (this.broken) throw this.broken
      const threads = this.caller.threadsFor(job, this.threads)
      if (threads > 1) this.board.callForHelp(job.id)
      this.runHere(job, threads)
      return
    }
    const ended = this.answers(1)
    const start = performance.now()
    this.board.callForJob(job.id, gathering)
    await ended
    this.caller.heard(job, performance.now() - start)
  }

  close(): void {
    this.closed = true
    this.alone?.close()
    this.break(new SeparableError('argument', 'the engine is closed'))
  }

  private spawn(spawn: () => WorkerHandle): void {
    const worker = spawn()
    this.workers.push(worker)
    worker.onAnswer((answer) => this.receive(answer))
  }

  private async open(): Promise<void> {
    const { memory } = this.memory
    const { wanted: threads } = this
    try {
      await this.broadcast((thread) => ({ type: 'open', memory, board: this.board.address, thread, threads }))
    } catch (error) {
      if (this.closed) throw error
      this.reason = oneLine(String((error as Error).cause))
      this.alone = new InlinePool(this.memory)
    }
  }

  /** One message to each worker; resolves when all have answered. */
  private async broadcast(message: (thread: number) => Message<ToWorker>): Promise<void> {
    const answered = this.answers(this.wanted)
    const clock = setInterval(() => this.tick(), 1000)
    try {
      this.board.announceMessage()
      this.workers.forEach((worker, thread) => {
        worker.post({ ...message(thread), ticket: this.board.ticketOf(thread) })
      })
    } catch (error) {
      this.break(ended(messageOf(error)))
    }
    await answered.finally(() => clearInterval(clock))
  }

  /** Counted in turns of the event loop: while the calling thread computes something, answers cannot be heard. */
  private tick(): void {
    this.silence += 1
    if (this.silence > SILENCE_S) this.break(ended(`no answer for ${SILENCE_S} seconds`))
  }

  /** Resolves when so many answers have come. One failure ends all: the other workers may wait at a barrier. */
  private async answers(count: number): Promise<void> {
    if (this.broken) throw this.broken
    const [first] = this.workers as [WorkerHandle]
    first.setBusy(true) // one is enough to keep the process alive
    this.silence = 0
    try {
      await new Promise<void>((resolve, reject) => {
        this.pending = { left: count, resolve, reject }
      })
    } finally {
      this.pending = undefined
      first.setBusy(false)
    }
  }

  private receive(answer: FromWorker): void {
    const { pending } = this
    this.silence = 0
    if (answer.type === 'ended') this.break(ended(answer.reason))
    else if (answer.type === 'failed') this.break(failed(answer.reason))
    else if (pending && --pending.left === 0) pending.resolve()
  }

  private runHere(job: Job, threads: number): void {
    try {
      this.caller.run(job, threads)
    } catch (error) {
      throw this.break(isPatienceOver(error) ? ended('no answer') : failed(messageOf(error)))
    }
  }

  /** Nothing is computed any more, whoever waits now or asks later: others may wait for the one that failed, for ever. */
  private break(error: SeparableError): SeparableError {
    this.broken ??= error
    for (const worker of this.workers.splice(0)) worker.terminate() // once: each that ends comes here again
    this.pending?.reject(this.broken)
    return this.broken
  }
}

/** Something in a worker, or in the place of one, went wrong. */
function failed(reason: string): SeparableError {
  return new SeparableError('internal', `a worker failed, ${received(reason)}`, { cause: reason })
}

/** A worker is not there, which nobody here can help. */
function ended(reason: string): SeparableError {
  const cure = 'dispose() of the model and load saved weights, since the present ones may be those of half a step'
  return new SeparableError('unsupported', `a worker ended or does not answer: ${cure}, ${received(reason)}`, {
    cause: reason,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Runs everything on the calling thread. */
export class InlinePool implements Pool {
  readonly threads = 1
  readonly gathers = false
  readonly note = undefined
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
