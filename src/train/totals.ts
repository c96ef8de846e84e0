/** @file What an epoch has come to so far: sums over the images of each batch, added up, and the means and metrics they make. */
import type { Results } from '../backends/engine.ts'
import type { Logs } from './events.ts'
import type { Head, Logged } from './heads.ts'

/** The name of the graph's output that holds a sum of a metric. */
export function sumName(logName: string, sum: string): string {
  return `${logName}/${sum}`
}

/** The name of the graph's output that holds the sum of an output's image weights. */
export function weightSumName(output: string): string {
  return `${output}/weights`
}

/** `Totals` as plain data. */
export interface TotalsState {
  readonly images: number
  readonly sums: { readonly [name: string]: readonly number[] }
}

export class Totals {
  readonly #heads: readonly Head[]
  readonly #sums = new Map<string, Float64Array>()
  #images = 0

  /** @param begun goes on from there */
  constructor(heads: readonly Head[], begun?: TotalsState) {
    this.#heads = heads
    this.#images = begun?.images ?? 0
    for (const [name, sums] of Object.entries(begun?.sums ?? {})) this.#sums.set(name, Float64Array.from(sums))
  }

  get state(): TotalsState {
    const sums = Array.from(this.#sums, ([name, values]) => [name, Array.from(values)] as const)
    return { images: this.#images, sums: Object.fromEntries(sums) }
  }

  /** Adds a batch of `count` images. */
  add(results: Results, count: number): void {
    this.#images += count
    for (const [name, values] of Object.entries(results)) {
      const sums = this.#sums.get(name) ?? new Float64Array(values.length)
      this.#sums.set(
        name,
        sums.map((sum, i) => sum + values[i]),
      )
    }
  }

  /** Losses and metrics by name, in alphabetical order as Keras logs them; nothing before the first batch. */
  logs(): Logs {
    if (this.#images === 0) return {}
    const losses = ['loss', ...this.#heads.flatMap(({ lossName }) => lossName ?? [])]
    const values = [
      ...losses.map((name): [string, number] => [name, this.#total(name) / this.#images]),
      ...this.#heads.flatMap((head) => [
        ...head.metrics.map((each) => this.#value(each, this.#images)),
        ...head.weightedMetrics.map((each) => this.#value(each, this.#weightOf(head))),
      ]),
    ]
    return Object.fromEntries(values.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #weightOf({ output }: Head): number {
    const name = weightSumName(output)
    return this.#sums.has(name) ? this.#total(name) : this.#images
  }

  #value({ name, metric }: Logged, count: number): [string, number] {
    const prefix = sumName(name, '')
    const own = [...this.#sums].filter(([key]) => key.startsWith(prefix))
    return [name, metric.result(Object.fromEntries(own.map(([key, sums]) => [key.slice(prefix.length), sums])), count)]
  }

  #total(name: string): number {
    return sumOf(this.#sums.get(name) ?? new Float64Array(0))
  }
}

export function sumOf(values: Float32Array | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
