/** @file What the training of one network says in words and numbers: headline, notices, table and page. */
import { percent, short, significant, thousands } from './format.ts'
import { accuracy, bestAccuracy, MEASURES, type Saving } from './measures.ts'
import { renderPage } from './page.ts'
import type { ShownNetwork, TrainResult } from './result.ts'
import type { Table } from './table.ts'

/** The network with its looks, as a list of one. */
export function trainedNetworks({ network, model }: TrainResult): ShownNetwork[] {
  return [{ ...model, title: network, color: 1 }]
}

/** One sentence with the outcome. */
export function trainHeadline({ network, model, data, classNames }: TrainResult): string {
  const size = `${network} with ${thousands(model.params)} parameters`
  const best = bestAccuracy(model)
  if (!Number.isFinite(best)) return `${size} did not complete an epoch.`
  const chance = classNames ? `; guessing would get ${percent(1 / classNames.length, 0)}` : ''
  return `${size} reached a validation accuracy of ${accuracy(best)} on ${data}${chance}.`
}

/** One sentence when fewer epochs were trained than were asked for. */
export function trainNotices({ model, epochs }: TrainResult): string[] {
  const done = model.epochSeconds.length
  return done < epochs ? [`Interrupted: ${done} of ${epochs} epochs were completed.`] : []
}

/** Every measure of the network. */
export function trainTable({ network, model, data }: TrainResult): Table {
  return {
    caption: `The network on ${data}`,
    columns: ['Measure', network],
    rows: MEASURES.map(({ name, value, show }) => [name, show(value(model))]),
  }
}

/** The report of a training as one HTML page. */
export function trainReport(result: TrainResult): string {
  return renderPage({
    title: `${result.network} on ${result.data}`,
    headline: trainHeadline(result),
    notices: trainNotices(result),
    tiles: tiles(result),
    result: trainTable(result),
    run: result,
    networks: trainedNetworks(result),
  })
}

function tiles({ model }: TrainResult): Saving[] {
  return [
    { figure: accuracy(bestAccuracy(model)), meaning: 'best validation accuracy' },
    { figure: short(model.params), meaning: 'parameters' },
    { figure: short(model.macs), meaning: 'multiply-accumulates an image' },
    { figure: `${significant(model.msPerStep)} ms`, meaning: 'a training step' },
  ]
}
