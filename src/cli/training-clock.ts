/** @file How long training takes, taken from the events of `fit`. */
import type { TrainEvent } from '../train/events.ts'

/** The first steps compile machine code and touch memory for the first time. */
const WARM_UP_STEPS = 3

export class TrainingClock {
  /** Seconds of each completed epoch, validation included. */
  readonly epochSeconds: number[] = []
  readonly #batchSize: number
  readonly #now: () => number
  readonly #steps: number[] = []
  #epochBegin = 0
  #stepBegin = 0

  /**
   * @param batchSize images of a full batch; shorter ones are not timed
   * @param now the time in milliseconds
   */
  constructor(batchSize: number, now: () => number = () => performance.now()) {
    this.#batchSize = batchSize
    this.#now = now
  }

  on(event: TrainEvent): void {
    const now = this.#now()
    if (event.type === 'epochBegin') this.#epochBegin = now
    if (event.type === 'epochEnd') this.epochSeconds.push((now - this.#epochBegin) / 1000)
    if (event.type === 'stepEnd' && event.count === this.#batchSize) this.#steps.push(now - this.#stepBegin)
    this.#stepBegin = now
  }

  /** Milliseconds of a step on a full batch: the median, once warm. NaN when none was timed. */
  get msPerStep(): number {
    const warm = this.#steps.length > WARM_UP_STEPS ? this.#steps.slice(WARM_UP_STEPS) : this.#steps.slice(-1)
    return median(warm)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (lower + upper) / 2
}
