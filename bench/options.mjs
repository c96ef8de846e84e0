/** @file The bench's command line. */
import { parseArgs } from 'node:util'
import { PEER_NAMES } from './contestants.mjs'
import { NETWORKS } from './networks.mjs'

export const USAGE = `Usage: npm run bench -- [options]
  --models LIST   of ${Object.keys(NETWORKS).join(', ')}; all by default
  --threads LIST  numbers of threads; 1,2 by default
  --peers LIST    of ${PEER_NAMES.join(', ')}; all that are installed by default
  --rounds N      interleaved rounds, of which the median counts; 7 by default
  --json FILE     writes the rows as JSON too
  --plot FILE     draws what each kernel takes, as SVG
  --scaling       instead: what an image costs in batches and data sets of several sizes, and memory; on the first of --threads
  --help          says this`

/** A mistake on the command line. */
export class UsageError extends Error {}

/** @param {string[]} argv @throws {UsageError} for what USAGE does not name */
export function readOptions(argv) {
  const string = /** @type {const} */ ({ type: 'string' })
  const texts = { models: string, threads: string, peers: string, rounds: string, json: string, plot: string }
  const flag = /** @type {const} */ ({ type: 'boolean' })
  const options = { ...texts, scaling: flag, help: flag }
  let values
  try {
    values = parseArgs({ args: argv, options }).values
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message)
  }
  return {
    models: listOf('models', values.models, Object.keys(NETWORKS)),
    peers: listOf('peers', values.peers, PEER_NAMES),
    threads: (values.threads ?? '1,2').split(',').map((text) => positive('threads', text)),
    rounds: positive('rounds', values.rounds ?? '7'),
    json: values.json,
    plot: values.plot,
    scaling: values.scaling ?? false,
    help: values.help ?? false,
  }
}

/** @param {string} option @param {string | undefined} text @param {string[]} known @returns {string[]} */
function listOf(option, text, known) {
  const names = text?.split(',').filter(Boolean) ?? known
  const wrong = names.find((name) => !known.includes(name))
  if (wrong) throw new UsageError(`--${option} takes ${known.join(', ')}, received: ${wrong}`)
  return names
}

/** @param {string} option @param {string} text */
function positive(option, text) {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new UsageError(`--${option} takes whole numbers above 0, received: ${text}`)
}
