/**
 * @file How workers are called: a few words of shared memory instead of a message to each of them and one back, which take
 * longer than a small network does. Sleeping workers wait for the ticket to change. Then there is a job to run (the last
 * one to finish sends a message), or none, which means: read your messages.
 */
import type { EngineMemory } from './memory.ts'

/** Words of the board, known to `worker.js` too. */
const TICKET = 0
const JOB = 1
const LEFT = 2
const GATHER = 3
const WORDS = 4

/** In the place of a job: there is a message. */
const NO_JOB = -1

export class Board {
  readonly address: number
  private readonly words: Int32Array

  constructor(memory: EngineMemory) {
    this.address = memory.allocate(4 * WORDS)
    this.words = memory.i32(this.address, WORDS)
  }

  /**
   * Sends all workers to their messages, which are posted afterwards and carry the number that this returns: the call
   * that a worker has answered with it.
   */
  announceMessage(): number {
    this.call(NO_JOB, 0, 0)
    return Atomics.load(this.words, TICKET)
  }

  /** @param gathering address of what is to be brought into place before, 0 for nothing */
  callForJob(job: number, workers: number, gathering: number): void {
    this.call(job, workers, gathering)
  }

  private call(job: number, workers: number, gathering: number): void {
    Atomics.store(this.words, JOB, job)
    Atomics.store(this.words, LEFT, workers)
    Atomics.store(this.words, GATHER, gathering)
    Atomics.add(this.words, TICKET, 1)
    Atomics.notify(this.words, TICKET)
  }
}
