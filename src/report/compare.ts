/**
 * @file What a comparison says in words and numbers: headline, notices and table. The terminal, the page and Markdown all
 * show these.
 */
import { decimals, percent, significant, thousands } from './format.ts'
import { type CompareResult, HISTORY_KEYS, type ModelName, type ModelResult, modelsOf } from './result.ts'
import type { Table } from './table.ts'

/** How a network is called, and its colour: an index into the palette. */
export const MODEL_STYLE: Readonly<Record<ModelName, { readonly title: string; readonly color: number }>> = {
  conv: { title: 'Ordinary', color: 0 },
  separable: { title: 'Separable', color: 1 },
}

/** What the separable network saved, as a figure and its meaning: `6.79×`, `fewer parameters`. */
export interface Saving {
  readonly figure: string
  readonly meaning: string
}

/** One line of the table. */
interface Measure {
  readonly name: string
  readonly value: (model: ModelResult) => number
  readonly show: (value: number) => string
  /** How the separable network's value differs; `undefined` when one of them was not measured. */
  readonly difference?: (conv: number, separable: number) => Saving | undefined
  /** Names the measure in the headline; measures without it are not worth one. */
  readonly noun?: string
}

const MEASURES: readonly Measure[] = [
  {
    name: 'Parameters',
    value: ({ params }) => params,
    show: thousands,
    difference: ratio('fewer', 'more'),
    noun: 'parameters',
  },
  {
    name: 'Multiply-accumulates',
    value: ({ macs }) => macs,
    show: thousands,
    difference: ratio('fewer', 'more'),
    noun: 'multiply-accumulates',
  },
  {
    name: 'Milliseconds a step',
    value: ({ msPerStep }) => msPerStep,
    show: threeDigits,
    difference: ratio('faster', 'slower'),
    noun: 'training steps',
  },
  {
    name: 'Seconds an epoch',
    value: ({ epochSeconds }) => mean(epochSeconds),
    show: threeDigits,
    difference: ratio('faster', 'slower'),
  },
  { name: 'GFLOP/s achieved', value: ({ gflops }) => gflops, show: threeDigits },
  { name: 'Share of peak', value: ({ peakShare }) => peakShare, show: (share) => percent(share, 0) },
  {
    name: 'Best validation accuracy',
    value: bestAccuracy,
    show: accuracy,
    difference: shareDifference,
    noun: 'best validation accuracy',
  },
  {
    name: 'Last validation accuracy',
    value: ({ history }) => last(history.val_acc),
    show: accuracy,
    difference: shareDifference,
  },
  {
    name: 'Train-val gap, points',
    value: ({ history }) => last(history.acc) - last(history.val_acc),
    show: hundredths,
    difference: shareDifference,
  },
]

/** The headline's figures; empty unless both networks took part. */
export function savings({ models: { conv, separable } }: CompareResult): Saving[] {
  if (!conv || !separable) return []
  return MEASURES.flatMap(({ noun, value, difference }) => {
    const saving = noun && difference?.(value(conv), value(separable))
    return saving ? [{ figure: saving.figure, meaning: `${saving.meaning} ${noun}`.trim() }] : []
  })
}

/** One sentence with the outcome. */
export function headline(result: CompareResult): string {
  const saved = savings(result).map(({ figure, meaning }) => `${figure} ${meaning}`)
  if (saved.length > 0) return `Compared with the ordinary network, the separable one has ${list(saved)}.`
  return modelsOf(result).map(outcome).join(' ') || 'No network was trained.'
}

function outcome([name, model]: [ModelName, ModelResult]): string {
  const network = `The ${MODEL_STYLE[name].title.toLowerCase()} network with ${thousands(model.params)} parameters`
  const best = bestAccuracy(model)
  return Number.isFinite(best)
    ? `${network} reached a validation accuracy of ${accuracy(best)}.`
    : `${network} did not complete an epoch.`
}

/** One sentence for each network that trained fewer epochs than were asked for. */
export function notices(result: CompareResult): string[] {
  return modelsOf(result).flatMap(([name, { epochSeconds }]) => {
    const network = `the ${MODEL_STYLE[name].title.toLowerCase()} network`
    if (epochSeconds.length >= result.epochs) return []
    return [`Interrupted: ${network} completed ${epochSeconds.length} of ${result.epochs} epochs.`]
  })
}

/** The networks side by side, with what the separable one saved when both took part. */
export function compareTable(result: CompareResult): Table {
  const models = modelsOf(result)
  const { conv, separable } = result.models
  return {
    caption: `The networks on ${result.data}`,
    columns: [
      'Measure',
      ...models.map(([name]) => MODEL_STYLE[name].title),
      ...(conv && separable ? ['Difference'] : []),
    ],
    rows: MEASURES.map((measure) => [
      measure.name,
      ...models.map(([, model]) => measure.show(measure.value(model))),
      ...differenceCell(measure, result),
    ]),
  }
}

function differenceCell({ value, difference }: Measure, { models: { conv, separable } }: CompareResult): string[] {
  if (!conv || !separable) return []
  const saving = difference?.(value(conv), value(separable))
  return [saving ? `${saving.figure} ${saving.meaning}`.trim() : '']
}

/** Every epoch of every network, for readers who want the numbers behind the curves. */
export function historyTable(result: CompareResult): Table {
  const models = modelsOf(result)
  const epochs = Math.max(0, ...models.map(([, { epochSeconds }]) => epochSeconds.length))
  const number = (values: readonly number[], epoch: number) => decimals(values[epoch] ?? Number.NaN, 4)
  return {
    caption: 'Loss and accuracy after each epoch',
    columns: ['Epoch', ...models.flatMap(([name]) => HISTORY_KEYS.map((key) => `${MODEL_STYLE[name].title} ${key}`))],
    rows: Array.from({ length: epochs }, (_, epoch) => [
      String(epoch + 1),
      ...models.flatMap(([, { history }]) => HISTORY_KEYS.map((key) => number(history[key], epoch))),
    ]),
  }
}

/** The quotient in whichever direction is above 1: `6.79×` `fewer`. */
function ratio(above: string, below: string) {
  return (conv: number, separable: number): Saving | undefined => {
    const quotient = conv / separable
    if (!Number.isFinite(quotient) || quotient <= 0) return undefined
    return { figure: `${significant(Math.max(quotient, 1 / quotient))}×`, meaning: quotient >= 1 ? above : below }
  }
}

/** The difference of two shares of 1: `0.22 points` `higher`. */
function shareDifference(conv: number, separable: number): Saving | undefined {
  const difference = separable - conv
  if (!Number.isFinite(difference)) return undefined
  const figure = `${hundredths(Math.abs(difference))} points`
  if (figure === '0.00 points') return { figure: 'the same', meaning: '' }
  return { figure, meaning: difference > 0 ? 'higher' : 'lower' }
}

/** Percentage points with a true minus sign. */
function hundredths(share: number): string {
  return decimals(100 * share, 2).replace('-', '\u2212')
}

function accuracy(share: number): string {
  return percent(share, 2)
}

function threeDigits(value: number): string {
  return decimals(value, value < 100 ? 1 : 0)
}

/** `a, b and c` */
function list(items: readonly string[]): string {
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${items.at(-1)}` : items.join('')
}

function bestAccuracy({ history }: ModelResult): number {
  return Math.max(...history.val_acc.filter(Number.isFinite))
}

function last(values: readonly number[]): number {
  return values.at(-1) ?? Number.NaN
}

/** NaN for no values. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
