/** @file What there is to say of a trained network in numbers, and its history. */
import { decimals, percent, significant, thousands } from './format.ts'
import { HISTORY_KEYS, isDisturbed, type ModelResult, processorShare, type ShownNetwork } from './result.ts'
import type { Table } from './table.ts'

/** What the separable network saved, as a figure and its meaning: `6.79×`, `fewer parameters`. */
export interface Saving {
  readonly figure: string
  readonly meaning: string
}

/** What is said of a network: one line of a table. */
export interface Measure {
  readonly name: string
  readonly value: (model: ModelResult) => number
  readonly show: (value: number) => string
  /** What stands behind the value. */
  readonly marks?: (model: ModelResult) => string
  /** How the separable network's value differs; `undefined` when one of them was not measured. */
  readonly difference?: (conv: number, separable: number) => Saving | undefined
  /** Names the measure in the headline; measures without it are not worth one. */
  readonly noun?: string
  /** Depends on what else the machine does. */
  readonly timed?: boolean
}

/** A measure of a network as a cell of a table. */
export function cellOf({ value, show, marks }: Measure, model: ModelResult): string {
  return show(value(model)) + (marks?.(model) ?? '')
}

/** What a reader must know before believing the times. */
export function disturbance(network: string, model: ModelResult): string[] {
  if (!isDisturbed(model) || !model.processor) return []
  const { threads, othersSeconds } = model.processor
  const could = `the processor time that ${threads === 1 ? 'one thread' : `${threads} threads`} could take`
  const got = `got ${percent(processorShare(model), 0)} of ${could}`
  const others = `other programs took ${significant(othersSeconds)} seconds meanwhile`
  return [`Disturbed: ${network} ${got}, and ${others}: its times are not to be compared.`]
}

export const MEASURES: readonly Measure[] = [
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
    timed: true,
  },
  {
    name: 'Seconds an epoch',
    value: ({ epochSeconds }) => mean(epochSeconds),
    show: threeDigits,
    difference: ratio('faster', 'slower'),
  },
  {
    name: 'Share of processor',
    value: processorShare,
    show: (share) => percent(share, 0),
    marks: (model) => (isDisturbed(model) ? ' (disturbed)' : ''),
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

/** Every epoch of every network, for readers who want the numbers behind the curves. */
export function historyTable(networks: readonly ShownNetwork[]): Table {
  const epochs = Math.max(0, ...networks.map(({ epochSeconds }) => epochSeconds.length))
  const number = (values: readonly number[], epoch: number) => decimals(values[epoch] ?? Number.NaN, 4)
  return {
    caption: 'Loss and accuracy after each epoch',
    columns: ['Epoch', ...networks.flatMap(({ title }) => HISTORY_KEYS.map((key) => `${title} ${key}`))],
    rows: Array.from({ length: epochs }, (_, epoch) => [
      String(epoch + 1),
      ...networks.flatMap(({ history }) => HISTORY_KEYS.map((key) => number(history[key], epoch))),
    ]),
  }
}

/** How many test images of each class every network knew. */
export function classTable(networks: readonly ShownNetwork[], names?: readonly string[]): Table {
  const counted = networks.flatMap(({ title, confusion }) => (confusion ? [{ title, confusion }] : []))
  const classes = counted[0]?.confusion ?? []
  const total = (row: readonly number[] = []) => row.reduce((sum, count) => sum + count, 0)
  return {
    caption: 'Test images of each class, and the share of them that was recognised',
    columns: ['Class', 'Images', ...counted.map(({ title }) => title)],
    rows: classes.map((counts, label) => [
      names?.[label] ?? `class ${label}`,
      thousands(total(counts)),
      ...counted.map(({ confusion }) => percent((confusion[label]?.[label] ?? 0) / total(confusion[label]))),
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

export function accuracy(share: number): string {
  return percent(share, 2)
}

function threeDigits(value: number): string {
  return decimals(value, value < 100 ? 1 : 0)
}

/** Minus infinity, which no table shows, when no epoch was completed. */
export function bestAccuracy({ history }: ModelResult): number {
  return Math.max(...history.val_acc.filter(Number.isFinite))
}

function last(values: readonly number[]): number {
  return values.at(-1) ?? Number.NaN
}

/** NaN for no values. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
