/** @file Means over the images of an epoch, of values that a step returns as sums over its images. */
import type { Results } from '../backends/engine.ts'
import type { Logs } from './events.ts'

export class Totals {
  #images = 0
  readonly #sums = new Map<string, number>()

  /** Adds a batch of `count` images. */
  add(results: Results, count: number): void {
    this.#images += count
    for (const [name, sums] of Object.entries(results)) this.#sums.set(name, (this.#sums.get(name) ?? 0) + sumOf(sums))
  }

  /** Means by name, in alphabetical order as Keras logs them. */
  logs(): Logs {
    const means = [...this.#sums].map(([name, sum]): [string, number] => [name, sum / this.#images])
    return Object.fromEntries(means.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

export function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
