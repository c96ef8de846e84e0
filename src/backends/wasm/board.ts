/**
 * @file How workers are called: a few words of shared memory instead of a message to each of them and one back, which take
 * longer than a small network does. Each worker sleeps until its ticket changes. Then there is a job to run (the last one to
 * finish sends a message, unless the caller runs it too), or none, which means: read your messages.
 */
import type { EngineMemory } from './memory.ts'

/** Words of the board, known to `worker.js` too. The tickets follow, one for each worker. */
const JOB = 0
const LEFT = 1
const GATHER = 2
const TICKETS = 3

/** In the place of a job: there is a message. */
const NO_JOB = -1

export class Board {
  readonly address: number
  private readonly words: Int32Array
  private readonly workers: number

  constructor(memory: EngineMemory, workers: number) {
    const words = TICKETS + workers
    this.address = memory.allocate(4 * words)
    this.words = memory.i32(this.address, words)
    this.workers = workers
  }

  /** Sends all workers to their messages, which are posted afterwards. */
  announceMessage(): void {
    this.call(0, { job: NO_JOB, left: 0, gathering: 0 })
  }

  /** The last call of a worker, which it has answered when it has read the message that carries this number. */
  ticketOf(worker: number): number {
    return Atomics.load(this.words, TICKETS + worker)
  }

  /** @param gathering address of what is to be brought into place before, 0 for nothing */
  callForJob(job: number, gathering: number): void {
    this.call(0, { job, left: this.workers, gathering })
  }

  /** Calls all but the first worker, in whose place the caller works, and who need not say when they are done. */
  callForHelp(job: number): void {
    this.call(1, { job, left: 0, gathering: 0 })
  }

  private call(first: number, { job, left, gathering }: { job: number; left: number; gathering: number }): void {
    Atomics.store(this.words, JOB, job)
    Atomics.store(this.words, LEFT, left)
    Atomics.store(this.words, GATHER, gathering)
    for (let worker = first; worker < this.workers; worker++) {
      Atomics.add(this.words, TICKETS + worker, 1)
      Atomics.notify(this.words, TICKETS + worker)
    }
  }
}
