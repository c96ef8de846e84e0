/**
 * @file `npm run bench`: times this engine and the installed peers on the same networks in one run, prints a table, and
 * writes it as JSON when asked. Needs `npm run build`; peers are optional (see bench/peers/).
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { OWN_SYSTEM, openPeer, ownContestant } from './contestants.mjs'
import { createEngine, measurePeak } from './engine.mjs'
import { formatFirstSteps, measureFirstSteps } from './first-step.mjs'
import { formatKernels, medianProfile, plotKernels } from './kernels.mjs'
import { measureRounds } from './measure.mjs'
import { networkOf } from './networks.mjs'
import { readOptions, USAGE, UsageError } from './options.mjs'
import { formatDisturbed, formatScaling, formatTable, toRows } from './report.mjs'
import { benchScaling } from './scaling.mjs'

/** @param {string} model @returns {{ task: import('./networks.mjs').Task, batch: number }[]} */
function tasksOf(model) {
  const { batch } = networkOf(model)
  return [
    { task: 'step', batch },
    { task: 'infer', batch },
    { task: 'infer', batch: 1 },
  ]
}

/** Fresh processes for each network, of which the median counts. */
const FIRST_STEPS = 5

/** Opens what is there and says what is not. @param {string[]} names */
async function openContestants(names) {
  const contestants = [ownContestant()]
  for (const name of names) {
    try {
      contestants.push(await openPeer(name))
    } catch (error) {
      console.log(`${name} takes no part: ${/** @type {Error} */ (error).message}`)
    }
  }
  return contestants
}

/** @param {number[]} threads */
function describeMachine(threads) {
  console.log(`${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores`)
  const load = loadavg()[0] ?? 0
  if (load > 0.5) console.log(`warning: the load average is ${load.toFixed(2)}; other programs disturb these timings`)
  const most = Math.max(...threads)
  if (most > availableParallelism()) console.log(`warning: ${most} threads are more than there are cores`)
}

/** @param {string[]} models @param {number} rounds @returns {Promise<import('./kernels.mjs').Profile[]>} */
async function profileModels(models, rounds) {
  const profiles = []
  for (const model of models) {
    const engine = await createEngine({ model, threads: 1 })
    await engine.step(2) // the optimising compiler steps in
    const times = []
    for (let round = 0; round <= rounds; round++) times.push(await engine.profile())
    await engine.close()
    profiles.push({ model, kernels: medianProfile(times.slice(1)) })
  }
  return profiles
}

/** @param {string} file @param {unknown} rows */
function writeJson(file, rows) {
  writeFileSync(file, `${JSON.stringify(rows, undefined, 2)}\n`)
}

/** @param {ReturnType<typeof readOptions>} options */
async function scaling({ models, threads: [threads = 1], rounds, json }) {
  describeMachine([threads])
  const results = await benchScaling({ models, threads, rounds })
  if (json) writeJson(json, results)
}

/** @param {ReturnType<typeof readOptions>} options */
async function bench({ models, threads, peers, rounds, json, plot }) {
  describeMachine(threads)
  const contestants = await openContestants(peers)
  for (const { label } of contestants) console.log(label)
  try {
    const peaks = new Map()
    for (const count of threads) peaks.set(count, await measurePeak(count))
    const entries = await measureRounds({
      systems: contestants.flatMap(({ systems }) => systems),
      cases: models.flatMap((model) =>
        tasksOf(model).flatMap((task) => threads.map((count) => ({ ...task, model, threads: count }))),
      ),
      rounds,
      onRound: (round) => console.error(`round ${round} of ${rounds}`),
      onFailure: ({ system, what: { model, task, batch, threads } }, error) =>
        console.log(`${system.name} fails at ${model} ${task} ${batch} on ${threads} threads: ${error.message}`),
    })
    const rows = toRows(entries, peaks)
    console.log(['', formatTable(rows), '', ...formatScaling(rows), ...formatDisturbed(rows)].join('\n'))
    const profiles = await profileModels(models, rounds)
    const peak = peaks.get(1) ?? (await measurePeak(1))
    for (const profile of profiles) console.log(`\n${formatKernels(profile, peak)}`)
    const firstSteps = await measureFirstSteps(models, Math.max(...threads), FIRST_STEPS)
    console.log(`\n${formatFirstSteps(firstSteps, FIRST_STEPS)}`)
    if (plot) writeFileSync(plot, plotKernels(profiles))
    if (json) writeJson(json, [...rows, ...firstSteps])
    if (!rows.some(({ system }) => system === OWN_SYSTEM)) process.exitCode = 1
  } finally {
    for (const contestant of contestants) await contestant.close()
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(USAGE)
  else await (options.scaling ? scaling(options) : bench(options))
} catch (error) {
  const { message } = /** @type {Error} */ (error)
  console.error(error instanceof UsageError ? `${message}\n${USAGE}` : `bench: ${message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
