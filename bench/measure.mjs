/** @file Times all systems in interleaved rounds, so that what disturbs the machine disturbs all of them alike. */
import { cpus } from 'node:os'

/**
 * @typedef {import('./contestants.mjs').Case} Case
 * @typedef {import('./contestants.mjs').System} System
 * @typedef {{ what: Case, system: System, count: number, ms: number[], others?: number[] }} Entry
 *   one system on one case: calls in a round, milliseconds a call for each round, and for this engine the share of all cores
 *   that other programs took meanwhile
 */

/** A measurement makes as many calls as fill this time, so that the clock and one hiccup weigh little. */
const MIN_MEASUREMENT_MS = 300

/**
 * @param {{
 *   systems: System[], cases: Case[], rounds: number,
 *   onRound?: (round: number) => void, onFailure?: (entry: Entry, error: Error) => void
 * }} options `onFailure` hears of systems that cannot do a case; they have no entry in the result
 * @returns {Promise<Entry[]>} grouped by case
 */
export async function measureRounds({ systems, cases, rounds, onRound, onFailure }) {
  /** @type {Entry[]} */
  const entries = []
  for (const what of cases) {
    for (const system of systems.filter(({ tasks }) => tasks.includes(what.task))) {
      /** @type {Entry} */
      const entry = { what, system, count: 1, ms: [], others: [] }
      try {
        entry.count = await warmUp(system, what)
        entries.push(entry)
      } catch (error) {
        onFailure?.(entry, /** @type {Error} */ (error))
      }
    }
  }
  for (let round = 1; round <= rounds; round++) {
    onRound?.(round)
    // Every other round runs backwards: no system always follows the same neighbour.
    for (const { system, what, count, ms, others } of round % 2 === 0 ? entries.toReversed() : entries) {
      await system.renew?.()
      // Brings back caches and threads; in a new process, finds kernels and memory.
      await system.measure(what, Math.max(2, Math.ceil(count / 3)))
      const before = processorNow()
      ms.push(await system.measure(what, count))
      if (!system.renew) others?.push(othersSince(before))
    }
  }
  return entries
}

/** Milliseconds of the processor, of this process and of all, and of the clock. */
function processorNow() {
  const { user, system } = process.cpuUsage()
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { own: (user + system) / 1000, all, wall: performance.now() }
}

/** @param {ReturnType<typeof processorNow>} before @returns {number} the share of all cores */
function othersSince(before) {
  const now = processorNow()
  const others = now.all - before.all - (now.own - before.own)
  return Math.max(0, others / ((now.wall - before.wall) * cpus().length))
}

/** The first call compiles and allocates, the next ones show how many fill a measurement. @param {System} system @param {Case} what */
async function warmUp(system, what) {
  await system.renew?.()
  await system.measure(what, 1)
  const ms = await system.measure(what, 2)
  return Math.max(1, Math.round(MIN_MEASUREMENT_MS / ms))
}
