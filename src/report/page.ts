/**
 * @file The report of a run as one HTML page: no scripts, nothing fetched, readable on a phone, in light and dark, and
 * without seeing the pictures. Sections without data are left out.
 */
import { NdArray } from '../tensor/ndarray.ts'
import { type Drawing, inlineSvg } from './drawing.ts'
import { percent, thousands } from './format.ts'
import { type Content, type Markup, markup } from './markup.ts'
import { classTable, historyTable, type Saving } from './measures.ts'
import { accuracyChart, accuracyOverTimeChart, confusionCharts, layerChart, lossChart } from './network-charts.ts'
import { PAGE_CSS } from './page-style.ts'
import { pngDataUri } from './png.ts'
import type { Prediction, Run, Samples, ShownNetwork } from './result.ts'
import { renderHtml, type Table } from './table.ts'

/** What a page says. */
export interface Page {
  readonly title: string
  /** One sentence with the outcome. */
  readonly headline: string
  /** What a reader must know before believing the numbers. */
  readonly notices: readonly string[]
  /** Figures in large letters; may be none. */
  readonly tiles: readonly Saving[]
  readonly result: Table
  readonly run: Run
  readonly networks: readonly ShownNetwork[]
}

/** The whole page as text. */
export function renderPage(page: Page): string {
  const { title, headline, notices, run, networks } = page
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${PAGE_CSS}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="headline">${withTiedUnits(headline)}</p>
${notices.map((notice) => markup`<p class="notice">${notice}</p>\n`)}${tileList(page)}
${resultSection(page)}
${curveSection(networks)}
${sampleSection(networks, run)}
${confusionSection(networks, run)}
${layerSection(networks)}
${section('Run', wide(settingsTable(networks, run)))}
${summarySection(networks)}
</main>
</body>
</html>
`.source
}

/** Numbers and their % stay on one line. */
function withTiedUnits(text: string): string {
  return text.replaceAll(' %', '\u00a0%')
}

function section(title: string, content: Content): Markup {
  return markup`<section>
<h2>${title}</h2>
${content}
</section>`
}

function wide(table: Table): Markup {
  return markup`<div class="wide">${renderHtml(table)}</div>`
}

function details(title: string, content: Markup): Markup {
  return markup`<details><summary>${title}</summary>${content}</details>\n`
}

function figures(drawings: readonly Drawing[]): Markup {
  return markup`<div class="figures">
${drawings.map((drawing) => markup`<figure>${inlineSvg(drawing)}</figure>\n`)}</div>`
}

function tileList({ tiles }: Page): Content {
  const items = tiles.map(({ figure, meaning }) => markup`<li><strong>${figure}</strong> ${meaning}</li>\n`)
  return items.length > 0 && markup`<ul class="tiles">\n${items}</ul>`
}

function resultSection({ result }: Page): Markup {
  const note = `GFLOP/s count the arithmetic that the layers define. An algorithm that gets by with less of it, such as
Winograd's for 3x3 convolutions, can exceed the machine's peak.`
  return section('Result', [wide(result), markup`\n<p class="note">${note}</p>`])
}

function curveSection(networks: readonly ShownNetwork[]): Markup {
  const charts = [accuracyChart(networks), lossChart(networks), accuracyOverTimeChart(networks)]
  return section('Learning curves', [figures(charts), details('All epochs', wide(historyTable(networks)))])
}

function layerSection(networks: readonly ShownNetwork[]): Content {
  if (!networks.some(({ layers }) => layers?.length)) return false
  const charts = [
    layerChart(networks, 'Parameters of each layer', 'params'),
    layerChart(networks, 'Multiply-accumulates of each layer, one image', 'macs'),
  ]
  return section('Cost of each layer', figures(charts))
}

function confusionSection(networks: readonly ShownNetwork[], { classNames }: Run): Content {
  const charts = confusionCharts(networks, classNames)
  if (charts.length === 0) return false
  return section('Which classes are confused', [figures(charts), wide(classTable(networks, classNames))])
}

function sampleSection(networks: readonly ShownNetwork[], { samples, classNames = [] }: Run): Content {
  if (!samples || samples.labels.length === 0) return false
  const cards = samples.labels.map((_, index) => sampleCard(networks, samples, index, classNames))
  const several = networks.length > 1
  const legend = networks.map(
    ({ title, color }) => several && markup`<i class="dot series${color}"></i> ${title.toLowerCase()} network `,
  )
  const note = markup`<p class="note">Test images with their true class, and what ${several ? 'each' : 'the'} network took them for. Mistakes are marked ✗. ${legend}</p>\n`
  return section('Sample predictions', [note, markup`<ul class="samples">\n${cards}</ul>`])
}

function sampleCard(
  networks: readonly ShownNetwork[],
  { pictures, labels }: Samples,
  index: number,
  classNames: readonly string[],
): Markup {
  const picture = pictures.slice(index, index + 1)
  const uri = pngDataUri(new NdArray(picture.data, picture.shape.slice(1)))
  const truth = labels[index] as number
  const className = (label: number) => classNames[label] ?? `class ${label}`
  const lines = networks.map((network) => {
    const prediction = network.predictions?.[index]
    return prediction && predictionLine(network, prediction, className(prediction.label), prediction.label === truth)
  })
  return markup`<li><img src="${uri}" width="96" height="96" alt="${className(truth)}"><strong>${className(truth)}</strong>${lines}</li>\n`
}

function predictionLine(
  { title, color }: ShownNetwork,
  { probability }: Prediction,
  className: string,
  right: boolean,
): Markup {
  return markup`<span class="prediction ${!right && 'wrong'}"><i class="dot series${color}"></i><span class="hidden">${title}:</span>
<span>${right ? '✓' : '✗'}</span><span>${className}</span><span class="probability">${percent(probability, 0)}</span></span>`
}

function settingsTable(networks: readonly ShownNetwork[], run: Run): Table {
  const rows = [
    ['Data', `${run.data}: ${thousands(run.trainImages)} training and ${thousands(run.testImages)} test images`],
    ['Epochs', String(run.epochs)],
    ['Batch size', thousands(run.batchSize)],
    ['Seed', String(run.seed)],
    ['Threads', String(run.threads)],
    ...Object.entries(run.settings ?? {}),
    ...networks.map(({ title, weightsSha256 }) => [`Weights, ${title.toLowerCase()}`, `sha256 ${weightsSha256}`]),
  ]
  return { caption: 'What it takes to repeat this run', columns: ['Setting', 'Value'], rows }
}

function summarySection(networks: readonly ShownNetwork[]): Content {
  const summaries = networks.flatMap(({ title, summary }) =>
    summary ? [details(`${title} network`, markup`<pre>${summary}</pre>`)] : [],
  )
  return summaries.length > 0 && section('Layers', summaries)
}
