/**
 * @file The thread that asks takes the place of the first worker in jobs so small that waking a worker, and its message
 * when it is done, would take as long as the job. Only where a thread may wait: not on a page's main thread.
 */

import { breathed } from '../../base/breath.ts'
import type { Job, JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'

/** Jobs that took longer are left to the workers. */
const SMALL_MS = 2

/** Before it is known how a very small job is best done, V8 has to have optimised it. */
const WARM_UP = 100
/** Then it is done so many times with help, and without, */
const TRIALS = 15
/** and so many times in the faster way, until that is tried again. */
const SETTLED = 1000

/** How a very small job is done. */
interface Pace {
  /** Since the trials began. */
  runs: number
  /** Milliseconds of the trials. */
  readonly helped: number[]
  readonly alone: number[]
  bestAlone: boolean
}

export class Caller {
  /**
   * Seconds that it waits for workers in a job of a few milliseconds: then one of them has died, which cannot be heard
   * meanwhile.
   */
  static patience = 20

  private readonly memory: EngineMemory
  private readonly mayWait: boolean
  private readonly instances = new Map<number, JobExports>()
  /** Milliseconds of the last run of each job. */
  private readonly took = new Map<number, number>()
  private readonly paces = new Map<number, Pace>()

  constructor(memory: EngineMemory) {
    this.memory = memory
    this.mayWait = memory.shared && mayWait()
  }

  /** Whether the job is small enough, as far as is known. */
  takesPart({ id, meets }: Job): boolean {
    return this.mayWait && meets === true && (this.took.get(id) ?? SMALL_MS) < SMALL_MS
  }

  /** How many of so many threads are best: one where the threads would wait for each other longer than they compute. */
  threadsFor({ id }: Job, threads: number): number {
    const { runs, bestAlone } = this.paceOf(id)
    const tries = runs >= TRIALS && runs < 2 * TRIALS && (this.took.get(id) ?? SMALL_MS) < SMALL_MS / threads
    return tries || bestAlone ? 1 : threads
  }

  /** As the first of so many threads; the others have been called. */
  run(job: Job, threads: number): void {
    const start = performance.now()
    this.open(job).step?.(0, threads, Caller.patience)
    const ms = performance.now() - start
    this.took.set(job.id, ms)
    this.note(this.paceOf(job.id), ms, threads)
  }

  private note(pace: Pace, ms: number, threads: number): void {
    const { runs, helped, alone } = pace
    if (runs >= 0 && runs < 2 * TRIALS) (threads > 1 ? helped : alone).push(ms)
    pace.runs += 1
    if (pace.runs === 2 * TRIALS) pace.bestAlone = median(alone) < median(helped)
  }

  /** Workers took so long for the job, and their message has just come. */
  heard({ id }: Job, ms: number): void {
    breathed()
    this.took.set(id, ms)
  }

  private paceOf(id: number): Pace {
    const known = this.paces.get(id)
    if (known && known.runs < SETTLED) return known
    const pace = { runs: known ? 0 : -WARM_UP, helped: [], alone: [], bestAlone: false }
    this.paces.set(id, pace)
    return pace
  }

  private open({ id, module }: Job): JobExports {
    const known = this.instances.get(id)
    if (known) return known
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory.memory } })
    const opened = exports as unknown as JobExports
    this.instances.set(id, opened)
    return opened
  }
}

/** Whether this error of `run` says that a worker was waited for in vain: the emitted code traps for nothing else. */
export function isPatienceOver(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message)
}

/** Of none, nothing is faster. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY
}

/** Whether this thread may sleep until another one wakes it. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)
    return true
  } catch {
    return false
  }
}
