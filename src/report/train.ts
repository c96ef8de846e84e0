/** @file What the training of one network says in words and numbers: headline, notices, table and page. */
import { percent, short, significant, thousands } from './format.ts'
import { accuracy, bestAccuracy, cellOf, disturbance, MEASURES, type Saving } from './measures.ts'
import { renderPage } from './page.ts'
import type { ShownNetwork, TrainResult } from './result.ts'
import type { Table } from './table.ts'

/** Where one class has so many times the pictures of another, it is said. */
const UNEVEN = 3

/** The network with its looks, as a list of one. */
export function trainedNetworks({ network, model }: TrainResult): ShownNetwork[] {
  return [{ ...model, title: network, color: 1 }]
}

/** One sentence with the outcome: how good the weights are that were saved, and what no network is needed for. */
export function trainHeadline(result: TrainResult): string {
  const { network, model, data, classNames, counts } = result
  const size = `${network} with ${thousands(model.params)} parameters`
  const saved = savedAccuracy(result)
  if (Number.isFinite(saved)) {
    const constant = counts ? `; ${constantAnswer(counts.test, classNames)}` : ''
    return `${size} reached a validation accuracy of ${accuracy(saved)} on ${data} after ${savedWhen(result)}${constant}.`
  }
  const training = model.history.acc.at(-1)
  if (training === undefined) return `${size} did not complete an epoch.`
  return `${size} reached a training accuracy of ${accuracy(training)} on ${data}; no pictures were kept for tests, so how good it is on others is not known.`
}

/** What the saved weights reached; NaN where it was not measured. */
function savedAccuracy({ model }: TrainResult): number {
  const { savedEpoch = model.history.val_acc.length, history } = model
  return history.val_acc[savedEpoch - 1] ?? Number.NaN
}

function savedWhen({ model, epochs }: TrainResult): string {
  const { savedEpoch, history, epochSeconds } = model
  const last = history.val_acc.length
  if (savedEpoch === undefined)
    return epochSeconds.length < epochs ? `epoch ${last}, the last one completed` : 'the last epoch'
  return `epoch ${savedEpoch} of ${last}, the best, whose weights were saved`
}

/** What one gets who always says the most frequent class: `always answering "rose" would get 20.00 %`. */
export function constantAnswer(counts: readonly number[], names?: readonly string[]): string {
  const most = Math.max(...counts)
  const label = counts.indexOf(most)
  const total = counts.reduce((sum, count) => sum + count, 0)
  return `always answering "${names?.[label] ?? `class ${label}`}" would get ${accuracy(most / total)}`
}

/** What a reader must know: fewer epochs than were asked for, other work beside it. */
export function trainNotices({ network, model, epochs }: TrainResult): string[] {
  const done = model.epochSeconds.length
  const moment = model.savedEpoch ? '' : ' The saved weights are those of the moment when it was.'
  const interrupted = `Interrupted: ${done} of ${epochs} epochs were completed.${moment}`
  return [...(done < epochs ? [interrupted] : []), ...disturbance(network, model)]
}

/** One sentence when some classes have many more training pictures than others, and what can be done about it. */
export function unevenClasses({
  counts,
  classNames,
  weighsClasses,
}: Pick<TrainResult, 'counts' | 'classNames' | 'weighsClasses'>): string[] {
  const train = counts?.train ?? []
  const [most, least] = [Math.max(...train), Math.min(...train)]
  if (train.length === 0 || most < UNEVEN * least) return []
  const said = (count: number) =>
    `${thousands(count)} of "${classNames?.[train.indexOf(count)] ?? train.indexOf(count)}"`
  const cure = weighsClasses
    ? 'the loss weighs them against that'
    : '--class-weights balanced makes all classes count alike'
  return [`Uneven classes: ${said(most)}, ${said(least)} to train with; ${cure}.`]
}

/** Every measure of the network. */
export function trainTable({ network, model, data }: TrainResult): Table {
  return {
    caption: `The network on ${data}`,
    columns: ['Measure', network],
    rows: MEASURES.map((measure) => [measure.name, cellOf(measure, model)]),
  }
}

/** The report of a training as one HTML page. */
export function trainReport(result: TrainResult): string {
  return renderPage({
    title: `${result.network} on ${result.data}`,
    headline: trainHeadline(result),
    notices: [...trainNotices(result), ...unevenClasses(result)],
    tiles: tiles(result),
    result: trainTable(result),
    run: result,
    networks: trainedNetworks(result),
  })
}

function tiles(result: TrainResult): Saving[] {
  const { model, counts } = result
  const saved = savedAccuracy(result)
  const most = counts ? Math.max(...counts.test) / counts.test.reduce((sum, count) => sum + count, 0) : Number.NaN
  return [
    ...(Number.isFinite(saved)
      ? [{ figure: accuracy(saved), meaning: 'validation accuracy of the saved weights' }]
      : []),
    ...(bestAccuracy(model) > saved ? [{ figure: accuracy(bestAccuracy(model)), meaning: 'in the best epoch' }] : []),
    ...(Number.isFinite(most) ? [{ figure: percent(most), meaning: 'by always the same answer' }] : []),
    { figure: short(model.params), meaning: 'parameters' },
    { figure: short(model.macs), meaning: 'multiply-accumulates an image' },
    { figure: `${significant(model.msPerStep)} ms`, meaning: 'a training step' },
  ]
}
