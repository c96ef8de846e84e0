/** @file How long training takes, taken from the events of `fit`. */
import type { Callback } from '../train/callbacks/index.ts'
import type { TrainEvent } from '../train/events.ts'

/** The first steps compile machine code and touch memory for the first time. */
const WARM_UP_STEPS = 3

/** Times of steps that a resumed run begins with: enough for a median. */
const KEPT_STEPS = 100

export class TrainingClock {
  /** Seconds of each completed epoch, validation included. */
  readonly epochSeconds: number[] = []
  readonly #batchSize: number
  readonly #now: () => number
  readonly #processor: () => number
  /** Of the run so far, before this process and in it. */
  #spent = { wall: 0, processor: 0 }
  #began: { readonly wall: number; readonly processor: number } | undefined
  readonly #steps: number[] = []
  #epochBegin = 0
  /** Milliseconds of the epoch before an interruption. */
  #before = 0
  #stepBegin = 0

  /**
   * @param batchSize images of a full batch; shorter ones are not timed
   * @param now the time in milliseconds
   * @param processor what all threads of this process have computed, in milliseconds
   */
  constructor(batchSize: number, now: () => number = () => performance.now(), processor = processorMs) {
    this.#batchSize = batchSize
    this.#now = now
    this.#processor = processor
  }

  /** Seconds of training behind the first step, and processor seconds of all threads meanwhile. */
  get spent(): { readonly wall: number; readonly processor: number } {
    const { wall, processor } = this.#spent
    if (!this.#began) return { wall, processor }
    return {
      wall: wall + (this.#now() - this.#began.wall) / 1000,
      processor: processor + (this.#processor() - this.#began.processor) / 1000,
    }
  }

  /** What `fit` tells the time of; it goes on in a run that is resumed, without the time in between. */
  get callback(): Callback {
    return {
      onEvent: (event) => this.on(event),
      getState: () => ({
        owner: 'trainingClock',
        values: {
          epochSeconds: [...this.epochSeconds],
          steps: this.#steps.slice(-KEPT_STEPS),
          sinceEpochBegin: this.#now() - this.#epochBegin,
          spent: this.spent,
        },
      }),
      setState: ({ values }) => {
        this.epochSeconds.push(...(values.epochSeconds as number[]))
        this.#steps.push(...(values.steps as number[]))
        this.#before = Number(values.sinceEpochBegin)
        const { wall = 0, processor = 0 } = (values.spent ?? {}) as { wall?: number; processor?: number }
        this.#spent = { wall, processor }
      },
    }
  }

  on(event: TrainEvent): void {
    const now = this.#now()
    // Before the first step ends, one thread compiles for all.
    if (event.type === 'stepEnd') this.#began ??= { wall: now, processor: this.#processor() }
    if (event.type === 'trainEnd') {
      this.#spent = this.spent
      this.#began = undefined
    }
    if (event.type === 'epochBegin') this.#epochBegin = now - (event.resumed ? this.#before : 0)
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

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (lower + upper) / 2
}
