/**
 * @file Whether a change made training faster: times a step of two builds of this library, turn by turn in one process.
 * Usage: node bench/builds.mjs BEFORE/dist AFTER/dist [--models conv,separable] [--threads N] [--rounds N]
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { networkOf } from './networks.mjs'
import { median } from './report.mjs'

const BATCH = 128

/**
 * A training step of a network as this build makes it.
 * @param {string} dist @param {string} model @param {number} threads
 */
async function openStep(dist, model, threads) {
  /** @type {typeof import('../dist/node.js')} */
  const library = await import(pathToFileURL(resolve(dist, 'node.js')).href)
  /** @type {typeof import('../dist/models/index.js')} */
  const { vggBlocks } = await import(pathToFileURL(resolve(dist, 'models/index.js')).href)
  const { input } = networkOf(model)
  library.configure({ threads })
  const net = vggBlocks({ convolution: model === 'conv' ? 'conv' : 'separable' })
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const pixels = Uint8Array.from({ length: BATCH * input.reduce((a, b) => a * b) }, (_, i) => (i * 2654435761) >>> 24)
  const x = new library.NdArray(pixels, [BATCH, ...input])
  const y = new library.NdArray(
    Int32Array.from({ length: BATCH }, (_, i) => i % 10),
    [BATCH],
  )
  const step = async () => {
    const start = performance.now()
    await net.trainOnBatch(x, y)
    return performance.now() - start
  }
  for (let i = 0; i < 3; i++) await step() // the optimising compiler steps in
  return { step, close: () => net.dispose() }
}

/** @param {string[]} dists @param {string} model @param {number} threads @param {number} rounds */
async function compareBuilds(dists, model, threads, rounds) {
  const builds = []
  for (const dist of dists) builds.push(await openStep(dist, model, threads))
  const ms = builds.map(() => /** @type {number[]} */ ([]))
  for (let round = 0; round < rounds; round++)
    for (const i of round % 2 ? [1, 0] : [0, 1]) ms[i]?.push((await builds[i]?.step()) ?? Number.NaN)
  for (const build of builds) await build.close()
  const [before = [], after = []] = ms
  const ratio = median(after.map((time, round) => time / (before[round] ?? Number.NaN)))
  const show = (/** @type {number[]} */ times) =>
    `${median(times).toFixed(0)} ms (best ${Math.min(...times).toFixed(0)})`
  console.log(`${model}, ${threads} threads: ${show(before)} -> ${show(after)}, median of ratios ${ratio.toFixed(3)}`)
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: 'conv,separable' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '21' },
  },
})
if (positionals.length !== 2) {
  console.error(
    'Usage: node bench/builds.mjs BEFORE/dist AFTER/dist [--models conv,separable] [--threads N] [--rounds N]',
  )
  process.exitCode = 2
} else {
  for (const model of values.models.split(','))
    await compareBuilds(positionals, model, Number(values.threads), Number(values.rounds))
}
