/**
 * @file The report of a comparison as one HTML page: no scripts, nothing fetched, readable on a phone, in light and dark,
 * and without seeing the pictures. Sections without data are left out.
 */
import { NdArray } from '../tensor/ndarray.ts'
import { compareTable, headline, historyTable, MODEL_STYLE, notices, savings } from './compare.ts'
import { accuracyChart, accuracyOverTimeChart, confusionCharts, layerChart, lossChart } from './compare-charts.ts'
import { type Drawing, inlineSvg } from './drawing.ts'
import { percent, thousands } from './format.ts'
import { type Content, type Markup, markup } from './markup.ts'
import { PAGE_CSS } from './page-style.ts'
import { pngDataUri } from './png.ts'
import { type CompareResult, type ModelName, modelsOf, type Prediction, type Samples } from './result.ts'
import { renderHtml, type Table } from './table.ts'

/** The whole page as text. */
export function compareReport(result: CompareResult): string {
  const title = `${networks(result)} convolutions on ${result.data}`
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
<p class="headline">${headline(result)}</p>
${notices(result).map((notice) => markup`<p class="notice">${notice}</p>\n`)}${savingTiles(result)}
${resultSection(result)}
${curveSection(result)}
${layerSection(result)}
${sampleSection(result)}
${confusionSection(result)}
${section('Run', markup`<div class="wide">${renderHtml(settingsTable(result))}</div>`)}
${summarySection(result)}
</main>
</body>
</html>
`.source
}

function section(title: string, content: Content): Markup {
  return markup`<section>
<h2>${title}</h2>
${content}
</section>`
}

/** `Ordinary and separable` */
function networks(result: CompareResult): string {
  const [first = 'No', ...others] = modelsOf(result).map(([name]) => MODEL_STYLE[name].title)
  return [first, ...others.map((title) => title.toLowerCase())].join(' and ')
}

function resultSection(result: CompareResult): Markup {
  const note = `GFLOP/s count the arithmetic that the layers define. An algorithm that gets by with less of it, such as
Winograd's for 3x3 convolutions, can exceed the machine's peak.`
  return section('Result', [
    markup`<div class="wide">${renderHtml(compareTable(result))}</div>\n`,
    markup`<p class="note">${note}</p>`,
  ])
}

function details(title: string, content: Markup): Markup {
  return markup`<details><summary>${title}</summary>${content}</details>\n`
}

function figures(drawings: readonly Drawing[]): Markup {
  return markup`<div class="figures">
${drawings.map((drawing) => markup`<figure>${inlineSvg(drawing)}</figure>\n`)}</div>`
}

function savingTiles(result: CompareResult): Content {
  const tiles = savings(result).map(({ figure, meaning }) => markup`<li><strong>${figure}</strong> ${meaning}</li>\n`)
  return tiles.length > 0 && markup`<ul class="tiles">\n${tiles}</ul>`
}

function curveSection(result: CompareResult): Markup {
  const charts = [accuracyChart(result), lossChart(result), accuracyOverTimeChart(result)]
  const numbers = markup`<div class="wide">${renderHtml(historyTable(result))}</div>`
  return section('Learning curves', [figures(charts), details('All epochs', numbers)])
}

function layerSection(result: CompareResult): Content {
  if (!modelsOf(result).some(([, { layers }]) => layers?.length)) return false
  const charts = [
    layerChart(result, 'Parameters of each layer', 'params'),
    layerChart(result, 'Multiply-accumulates of each layer, one image', 'macs'),
  ]
  return section('Cost of each layer', figures(charts))
}

function confusionSection(result: CompareResult): Content {
  const charts = confusionCharts(result)
  return charts.length > 0 && section('Which classes are confused', figures(charts))
}

function sampleSection(result: CompareResult): Content {
  const { samples, classNames = [] } = result
  if (!samples || samples.labels.length === 0) return false
  const cards = samples.labels.map((_, index) => sampleCard(result, samples, index, classNames))
  const legend = modelsOf(result).map(([name]) => {
    const { title, color } = MODEL_STYLE[name]
    return markup`<i class="dot series${color}"></i> ${title.toLowerCase()} network `
  })
  const note = markup`<p class="note">Test images with their true class, and what each network took them for. Mistakes are marked ✗. ${legend}</p>\n`
  return section('Sample predictions', [note, markup`<ul class="samples">\n${cards}</ul>`])
}

function sampleCard(
  result: CompareResult,
  { pictures, labels }: Samples,
  index: number,
  classNames: readonly string[],
): Markup {
  const picture = pictures.slice(index, index + 1)
  const uri = pngDataUri(new NdArray(picture.data, picture.shape.slice(1)))
  const truth = labels[index] as number
  const className = (label: number) => classNames[label] ?? `class ${label}`
  const lines = modelsOf(result).map(([name, { predictions }]) => {
    const prediction = predictions?.[index]
    return prediction && predictionLine(name, prediction, className(prediction.label), prediction.label === truth)
  })
  return markup`<li><img src="${uri}" width="96" height="96" alt="${className(truth)}"><strong>${className(truth)}</strong>${lines}</li>\n`
}

function predictionLine(name: ModelName, { probability }: Prediction, className: string, right: boolean): Markup {
  const { title, color } = MODEL_STYLE[name]
  return markup`<span class="prediction ${!right && 'wrong'}"><i class="dot series${color}"></i><span class="hidden">${title}:</span>
<span>${right ? '✓' : '✗'}</span><span>${className}</span><span class="probability">${percent(probability, 0)}</span></span>`
}

function settingsTable(result: CompareResult): Table {
  const rows = [
    [
      'Data',
      `${result.data}: ${thousands(result.trainImages)} training and ${thousands(result.testImages)} test images`,
    ],
    ['Epochs', String(result.epochs)],
    ['Batch size', thousands(result.batchSize)],
    ['Seed', String(result.seed)],
    ['Threads', String(result.threads)],
    ...Object.entries(result.settings ?? {}),
    ...modelsOf(result).map(([name, model]) => [
      `Weights, ${MODEL_STYLE[name].title.toLowerCase()}`,
      `sha256 ${model.weightsSha256}`,
    ]),
  ]
  return { caption: 'What it takes to repeat this run', columns: ['Setting', 'Value'], rows }
}

function summarySection(result: CompareResult): Content {
  const summaries = modelsOf(result).flatMap(([name, { summary }]) =>
    summary ? [details(`${MODEL_STYLE[name].title} network`, markup`<pre>${summary}</pre>`)] : [],
  )
  return summaries.length > 0 && section('Layers', summaries)
}
