/** @file Keras's progress bar as a consumer of training events: redrawn in place where the screen can, or one line an epoch. */
import { epochHeader, epochLine, progressLine, secondsPerStep } from '../report/progress.ts'
import type { Screen } from './environment.ts'
import type { Logs, TrainEvent } from './events.ts'

/** Redrawing more often than people can see only costs time. */
const REDRAW_SECONDS = 0.05

export class ProgressBar {
  readonly #screen: Screen
  readonly #redraws: boolean
  readonly #now: () => number
  #epochs = 1
  /** null as long as nobody knows. */
  #steps: number | null = 1
  #step = 0
  #start = 0
  #firstStep = 0
  /** Steps of the epoch that were done before an interruption. */
  #skipped = 0
  #trained = 0
  #drawn = 0

  /**
   * @param redraws a bar redrawn in place; otherwise one line an epoch
   * @param now the time in seconds
   */
  constructor(screen: Screen, redraws: boolean, now: () => number = () => performance.now() / 1000) {
    this.#screen = screen
    this.#redraws = redraws
    this.#now = now
  }

  on(event: TrainEvent): void {
    if (event.type === 'trainBegin') {
      this.#epochs = event.epochs
      this.#steps = event.steps
    } else if (event.type === 'epochBegin') {
      this.#screen.print(epochHeader(event.epoch + 1, this.#epochs))
      this.begin(this.#steps)
    } else if (event.type === 'stepEnd') this.step(event.step, event.logs)
    else if (event.type === 'epochEnd') this.end(event.logs)
    else if (event.type === 'trainEnd') this.#screen.endDrawing()
  }

  /** An epoch, or an evaluation, of so many steps begins. */
  begin(steps: number | null): void {
    this.#steps = steps
    this.#step = 0
    this.#skipped = 0
    this.#start = this.#now()
    this.#drawn = Number.NEGATIVE_INFINITY
  }

  /** So many steps are done. */
  step(step: number, logs: Logs): void {
    const now = this.#now()
    if (this.#step === 0) {
      this.#firstStep = now - this.#start
      this.#skipped = step - 1
    }
    this.#step = step
    this.#trained = now - this.#start
    if (!this.#redraws || (now - this.#drawn < REDRAW_SECONDS && step !== this.#steps)) return
    this.#drawn = now
    this.#screen.draw(this.#line(logs, false))
  }

  /** All steps are done, and what belongs to them. */
  end(logs: Logs): void {
    this.#steps ??= this.#step

    if (this.#redraws) {
      this.#screen.draw(this.#line(logs, true))
      this.#screen.endDrawing()
    } else this.#screen.print(epochLine(this.#progress(logs, true)))
  }

  #line(logs: Logs, done: boolean): string {
    const { columns, color } = this.#screen
    return progressLine(this.#progress(logs, done), { columns, color })
  }

  #progress(metrics: Logs, done: boolean) {
    const perStep = secondsPerStep(this.#step - this.#skipped, this.#trained, this.#firstStep)
    return { step: this.#step, steps: this.#steps, elapsed: this.#now() - this.#start, perStep, metrics, done }
  }
}
