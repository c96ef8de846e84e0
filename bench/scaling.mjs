/**
 * @file `npm run bench -- --scaling`: whether an image costs the same in batches and data sets of all sizes, and the most
 * memory that training holds beside its prediction. Sizes take turns in one process; memory is measured in one for each.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { memorySize } from '../dist/report/format.js'
import { renderText } from '../dist/report/table.js'
import { openNetwork, pictures } from './engine.mjs'
import { networkOf } from './networks.mjs'
import { median } from './report.mjs'

const BATCHES = [32, 64, 128, 256, 512]
const DATASETS = [1000, 5000, 20_000, 50_000]
/** Images that a batch size gets in one turn. */
const TURN = 512
/** Steps that a data set gets in one turn. */
const STEPS = 8
const CHILD = fileURLToPath(new URL('scaling-child.mjs', import.meta.url))

/**
 * @typedef {{ ms: number, cpuMs: number }} Cost of an image: by the clock, and of all processors together, which other
 *   programs on the machine hardly change
 * @typedef {Cost & { batch: number, peak: number, predicted: number }} BatchRow memory in bytes
 * @typedef {Cost & { images: number, before: number }} DatasetRow `before` the first step, ms of all processors
 */

/** The time by the clock and of all processors, in ms. */
function now() {
  const { user, system } = process.cpuUsage()
  return { ms: performance.now(), cpuMs: (user + system) / 1000 }
}

/** @param {Cost} from @param {Cost} to @param {number} images @returns {Cost} */
function costBetween(from, to, images) {
  return { ms: (to.ms - from.ms) / images, cpuMs: (to.cpuMs - from.cpuMs) / images }
}

/** @param {Cost[]} costs @returns {Cost} */
function medianCost(costs) {
  return { ms: median(costs.map(({ ms }) => ms)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) }
}

/** @param {{ models: string[], threads: number, rounds: number }} options */
export async function benchScaling({ models, threads, rounds }) {
  const conditions = `on ${threads} ${threads === 1 ? 'thread' : 'threads'}, medians of ${rounds} rounds`
  const results = []
  for (const model of models) {
    const batches = await measureBatches(model, threads, rounds)
    console.log(`\n${model}: training steps ${conditions}\n${formatBatches(batches)}`)
    const datasets = await measureDatasets(model, threads, rounds)
    console.log(`${model}: fit in batches of ${networkOf(model).batch} ${conditions}\n${formatDatasets(datasets)}`)
    results.push({ model, threads, batches, datasets })
  }
  return results
}

/** @param {string} model @param {number} threads @param {number} rounds @returns {Promise<BatchRow[]>} */
async function measureBatches(model, threads, rounds) {
  const network = openNetwork({ model, threads })
  const { x, y } = pictures({ ...networkOf(model), batch: Math.max(...BATCHES) })
  const sizes = BATCHES.map((batch) => ({ batch, costs: /** @type {Cost[]} */ ([]) }))
  for (let round = 0; round <= rounds; round++)
    for (const { batch, costs } of round % 2 ? sizes.toReversed() : sizes) {
      const step = () => network.trainOnBatch(x.slice(0, batch), y.slice(0, batch))
      await step() // brings back its code and data
      const start = now()
      for (let i = 0; i < TURN / batch; i++) await step()
      if (round > 0) costs.push(costBetween(start, now(), TURN))
    }
  await network.dispose()
  const rows = []
  for (const { batch, costs } of sizes) {
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, model, String(batch), String(threads)])
    const memory = /** @type {{ peak: number, predicted: number }} */ (JSON.parse(stdout))
    rows.push({ batch, ...medianCost(costs), ...memory })
  }
  return rows
}

/** @param {string} model @param {number} threads @param {number} rounds @returns {Promise<DatasetRow[]>} */
async function measureDatasets(model, threads, rounds) {
  const network = openNetwork({ model, threads })
  const { x, y } = pictures({ ...networkOf(model), batch: Math.max(...DATASETS) })
  const sizes = DATASETS.map((images) => ({
    images,
    costs: /** @type {Cost[]} */ ([]),
    before: /** @type {number[]} */ ([]),
  }))
  for (let round = 0; round <= rounds; round++)
    for (const { images, costs, before } of round % 2 ? sizes.toReversed() : sizes) {
      const { cost, first } = await fitBriefly(network, x.slice(0, images), y.slice(0, images), networkOf(model).batch)
      if (round === 0) continue
      costs.push(cost)
      before.push(first)
    }
  await network.dispose()
  return sizes.map(({ images, costs, before }) => ({ images, ...medianCost(costs), before: median(before) }))
}

/**
 * Some steps of `fit`: what an image costs from the second step on, and what the call took before its first step.
 * @param {ReturnType<typeof openNetwork>} network
 * @param {import('../dist/node.js').NdArray} x @param {import('../dist/node.js').NdArray} y @param {number} batchSize
 */
async function fitBriefly(network, x, y, batchSize) {
  const start = now()
  const steps = [{ at: start, count: 0 }]
  /** @param {import('../dist/train/events.js').TrainEvent} event */
  const onEvent = (event) => {
    if (event.type !== 'stepEnd') return
    steps.push({ at: now(), count: event.count })
    network.stopTraining = steps.length > STEPS
  }
  await network.fit(x, y, { batchSize, epochs: STEPS, verbose: 0, callbacks: [{ onEvent }] })
  const [, first = { at: start, count: 0 }, ...others] = steps
  const images = others.reduce((sum, { count }) => sum + count, 0)
  const cost = costBetween(first.at, others.at(-1)?.at ?? start, images)
  return { cost, first: first.at.cpuMs - start.cpuMs - cost.cpuMs * first.count }
}

/** @param {BatchRow[]} rows */
export function formatBatches(rows) {
  const standard = rows.find(({ batch }) => batch === 128)
  return renderText({
    caption: '',
    columns: ['batch', ...costColumns('batch 128'), 'peak memory', 'predicted', 'error'],
    rows: rows.map(({ batch, peak, predicted, ...cost }) => [
      String(batch),
      ...costCells(cost, standard),
      memorySize(peak),
      memorySize(predicted),
      change(predicted / peak),
    ]),
  })
}

/** @param {DatasetRow[]} rows the largest last */
export function formatDatasets(rows) {
  return renderText({
    caption: '',
    columns: ['pictures', ...costColumns('the largest'), 'before the first step, processor ms'],
    rows: rows.map(({ images, before, ...cost }) => [
      images.toLocaleString('en-US'),
      ...costCells(cost, rows.at(-1)),
      before.toFixed(1),
    ]),
  })
}

/** @param {string} standard */
const costColumns = (standard) => ['ms an image', `to ${standard}`, 'processor ms', `to ${standard}`]

/** @param {Cost} cost @param {Cost | undefined} standard */
function costCells({ ms, cpuMs }, standard) {
  return [ms.toFixed(3), change(ms / (standard?.ms ?? NaN)), cpuMs.toFixed(3), change(cpuMs / (standard?.cpuMs ?? NaN))]
}

/** @param {number} ratio */
function change(ratio) {
  const percent = Math.round(100 * (ratio - 1))
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`
}
