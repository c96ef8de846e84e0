/**
 * @file Whether a change made training faster: times a step of two builds of this library, turn by turn in one process.
 * Usage: node bench/builds.mjs BEFORE/dist AFTER/dist [--models conv,separable,mobilenet] [--threads N] [--rounds N]
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createEngine } from './engine.mjs'
import { median } from './report.mjs'

/**
 * A training step of a network as this build makes it.
 * @param {string} dist @param {string} model @param {number} threads
 */
async function openStep(dist, model, threads) {
  /** @type {import('./engine.mjs').Library} */
  const library = await import(pathToFileURL(resolve(dist, 'node.js')).href)
  const engine = await createEngine({ model, threads, library })
  await engine.step(3) // the optimising compiler steps in
  return engine
}

/** @param {string[]} dists @param {string} model @param {number} threads @param {number} rounds */
async function compareBuilds(dists, model, threads, rounds) {
  const builds = []
  for (const dist of dists) builds.push(await openStep(dist, model, threads))
  const ms = builds.map(() => /** @type {number[]} */ ([]))
  for (let round = 0; round < rounds; round++)
    for (const i of round % 2 ? [1, 0] : [0, 1]) ms[i]?.push((await builds[i]?.step(1)) ?? Number.NaN)
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
    models: { type: 'string', default: 'conv,separable,mobilenet' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '21' },
  },
})
if (positionals.length !== 2) {
  console.error(
    'Usage: node bench/builds.mjs BEFORE/dist AFTER/dist [--models conv,separable,mobilenet] [--threads N] [--rounds N]',
  )
  process.exitCode = 2
} else {
  for (const model of values.models.split(','))
    await compareBuilds(positionals, model, Number(values.threads), Number(values.rounds))
}
