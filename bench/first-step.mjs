/** @file What stands between a call and the first step that computes: each time in a process of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { renderText } from '../dist/report/table.js'
import { networkOf } from './networks.mjs'
import { median } from './report.mjs'

/**
 * @typedef {{ load: number, ready: number, first: number, usual: number }} Milliseconds see first-step-child.mjs
 * @typedef {{ model: string, task: 'first', batch: number, threads: number } & Milliseconds} FirstStep medians
 */

const CHILD = fileURLToPath(new URL('first-step-child.mjs', import.meta.url))
/** The first process of all measures which kernels are fast here, and writes it down. */
const LEAD = 1

/** @param {string[]} models @param {number} threads @param {number} rounds @returns {Promise<FirstStep[]>} */
export async function measureFirstSteps(models, threads, rounds) {
  /** @type {Map<string, Milliseconds[]>} */
  const times = new Map(models.map((model) => [model, []]))
  for (let round = 0; round < LEAD + rounds; round++)
    for (const model of models) {
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, model, String(threads)])
      if (round >= LEAD) times.get(model)?.push(JSON.parse(stdout))
    }
  return [...times].map(([model, all]) => ({
    ...{ model, task: /** @type {const} */ ('first'), batch: networkOf(model).batch, threads },
    ...medians(all),
  }))
}

/** @param {Milliseconds[]} times @returns {Milliseconds} */
export function medians(times) {
  const of = (/** @type {keyof Milliseconds} */ what) => median(times.map((each) => each[what]))
  return { load: of('load'), ready: of('ready'), first: of('first'), usual: of('usual') }
}

/** @param {FirstStep[]} rows @param {number} rounds */
export function formatFirstSteps(rows, rounds) {
  const columns = ['model', 'batch', 'load library', 'ready to compute', 'first step', 'usual step']
  const cells = rows.map(({ model, batch, load, ready, first, usual }) => [
    model,
    String(batch),
    ...[load, ready, first, usual].map((ms) => ms.toFixed(0)),
  ])
  const title = `first step in a fresh process on ${rows[0]?.threads} threads, ms, medians of ${rounds} processes`
  return `${title}\n${renderText({ caption: '', columns, rows: cells })}`
}
