/**
 * @file What a comparison says in words and numbers: headline, notices, table and page. The terminal and Markdown show the
 * same words as the page.
 */
import { thousands } from './format.ts'
import { accuracy, bestAccuracy, cellOf, disturbance, MEASURES, type Measure, type Saving } from './measures.ts'
import { renderPage } from './page.ts'
import {
  type CompareResult,
  isDisturbed,
  type ModelName,
  type ModelResult,
  modelsOf,
  type ShownNetwork,
} from './result.ts'
import type { Table } from './table.ts'

/** How a network is called, and its colour: an index into the palette. */
export const MODEL_STYLE: Readonly<Record<ModelName, { readonly title: string; readonly color: number }>> = {
  conv: { title: 'Ordinary', color: 0 },
  separable: { title: 'Separable', color: 1 },
}

/** The networks that took part, with their looks. */
export function networksOf(result: CompareResult): ShownNetwork[] {
  return modelsOf(result).map(([name, model]) => ({ ...model, ...MODEL_STYLE[name] }))
}

/** The headline's figures; empty unless both networks took part. */
export function savings({ models: { conv, separable } }: CompareResult): Saving[] {
  if (!conv || !separable) return []
  const disturbed = isDisturbed(conv) || isDisturbed(separable)
  return MEASURES.flatMap(({ noun, value, difference, timed }) => {
    const saving = noun && difference?.(value(conv), value(separable))
    const mark = timed && disturbed ? ' (disturbed)' : ''
    return saving ? [{ figure: saving.figure, meaning: `${saving.meaning} ${noun}${mark}`.trim() }] : []
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
    ? `${network} reached a best validation accuracy of ${accuracy(best)}.`
    : `${network} did not complete an epoch.`
}

/** One sentence for each network that trained fewer epochs than were asked for, or beside other work. */
export function notices(result: CompareResult): string[] {
  return modelsOf(result).flatMap(([name, model]) => {
    const network = `the ${MODEL_STYLE[name].title.toLowerCase()} network`
    const epochs = model.epochSeconds.length
    const interrupted = `Interrupted: ${network} completed ${epochs} of ${result.epochs} epochs.`
    return [...(epochs < result.epochs ? [interrupted] : []), ...disturbance(network, model)]
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
      ...models.map(([, model]) => cellOf(measure, model)),
      ...differenceCell(measure, result),
    ]),
  }
}

function differenceCell({ value, difference }: Measure, { models: { conv, separable } }: CompareResult): string[] {
  if (!conv || !separable) return []
  const saving = difference?.(value(conv), value(separable))
  return [saving ? `${saving.figure} ${saving.meaning}`.trim() : '']
}

/** The report of a comparison as one HTML page. */
export function compareReport(result: CompareResult): string {
  const networks = networksOf(result)
  const [first = 'No', ...others] = networks.map(({ title }) => title)
  const convolutions = [first, ...others.map((title) => title.toLowerCase())].join(' and ')
  return renderPage({
    title: `${convolutions} convolutions on ${result.data}`,
    headline: headline(result),
    notices: notices(result),
    tiles: savings(result),
    result: compareTable(result),
    run: result,
    networks,
  })
}

/** `a, b and c` */
function list(items: readonly string[]): string {
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${items.at(-1)}` : items.join('')
}
