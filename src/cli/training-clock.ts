/** @file How long training takes, taken from the events of `fit`. */
import { cpus } from 'node:os'
import type { Callback } from '../train/callbacks/index.ts'
import type { TrainEvent } from '../train/events.ts'

/** The first steps compile machine code and touch memory for the first time. */
const WARM_UP_STEPS = 3

/** Times of steps that a resumed run begins with: enough for a median. */
const KEPT_STEPS = 100

/** Times since something began, in any unit. */
export interface Spent {
  readonly wall: number
  /** Of the processor, by all threads of this process. */
  readonly own: number
  /** Of the processor, by all programs of this machine. */
  readonly all: number
}

const NOTHING: Spent = { wall: 0, own: 0, all: 0 }

export class TrainingClock {
  /** Seconds of each completed epoch, validation included. */
  readonly epochSeconds: number[] = []
  readonly #batchSize: number
  readonly #now: () => number
  readonly #processor: () => Omit<Spent, 'wall'>
  /** Seconds of the run so far, before this process and in it. */
  #spent = NOTHING
  /** Milliseconds. */
  #began: Spent | undefined
  readonly #steps: number[] = []
  #epochBegin = 0
  /** Milliseconds of the epoch before an interruption. */
  #before = 0
  #stepBegin = 0

  /**
   * @param batchSize images of a full batch; shorter ones are not timed
   * @param now the time in milliseconds
   * @param processor what this process and all others have computed, in milliseconds
   */
  constructor(batchSize: number, now: () => number = () => performance.now(), processor = processorMs) {
    this.#batchSize = batchSize
    this.#now = now
    this.#processor = processor
  }

  /** Seconds of training behind the first step, and processor seconds meanwhile. */
  get spent(): Spent {
    const before = this.#spent
    if (!this.#began) return before
    const [now, began] = [this.#reading, this.#began]
    const since = (what: keyof Spent) => before[what] + (now[what] - began[what]) / 1000
    return { wall: since('wall'), own: since('own'), all: since('all') }
  }

  get #reading(): Spent {
    return { wall: this.#now(), ...this.#processor() }
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
          spent: { ...this.spent },
        },
      }),
      setState: ({ values }) => {
        this.epochSeconds.push(...(values.epochSeconds as number[]))
        this.#steps.push(...(values.steps as number[]))
        this.#before = Number(values.sinceEpochBegin)
        this.#spent = { ...NOTHING, ...(values.spent as object | undefined) }
      },
    }
  }

  on(event: TrainEvent): void {
    const now = this.#now()
    // Before the first step ends, one thread compiles for all.
    if (event.type === 'stepEnd') this.#began ??= this.#reading
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

function processorMs(): Omit<Spent, 'wall'> {
  const { user, system } = process.cpuUsage()
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { own: (user + system) / 1000, all }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (lower + upper) / 2
}
