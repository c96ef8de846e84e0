/**
 * @file The thread that asks takes the place of the first worker in jobs so small that waking a worker, and its message
 * when it is done, would take as long as the job. Only where a thread may wait: not on a page's main thread.
 */

import { breathed } from '../../base/breath.ts'
import type { Job, JobExports } from './job.ts'
import type { EngineMemory } from './memory.ts'

/** Jobs that took longer are left to the workers. */
const SMALL_MS = 2

export class Caller {
  private readonly memory: EngineMemory
  private readonly mayWait: boolean
  private readonly instances = new Map<number, JobExports>()
  /** Milliseconds of the last run of each job. */
  private readonly took = new Map<number, number>()

  constructor(memory: EngineMemory) {
    this.memory = memory
    this.mayWait = memory.shared && mayWait()
  }

  /** Whether the job is small enough, as far as is known. */
  takesPart({ id, meets }: Job): boolean {
    return this.mayWait && meets === true && (this.took.get(id) ?? SMALL_MS) < SMALL_MS
  }

  /** As the first of so many threads; the others have been called. */
  run(job: Job, threads: number): void {
    const start = performance.now()
    this.open(job).step?.(0, threads)
    this.took.set(job.id, performance.now() - start)
  }

  /** Workers took so long for the job, and their message has just come. */
  heard({ id }: Job, ms: number): void {
    breathed()
    this.took.set(id, ms)
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

/** Whether this thread may sleep until another one wakes it. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)
    return true
  } catch {
    return false
  }
}
