/**
 * @file `npm run random-networks -- [--seed N] [--count N]`: trains random networks on the wasm engine and on the reference
 * engine, and prints those whose steps differ (test/random-networks.test.ts).
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
})
/** @param {'seed' | 'count'} name @param {number} least @returns {string | undefined} */
function whole(name, least) {
  const text = values[name]
  if (text === undefined || (/^\d{1,9}$/.test(text) && Number(text) >= least)) return text
  console.error(`random-networks: --${name} must be an integer of at least ${least}, received: ${text}`)
  process.exit(2)
}

if (values.help) {
  console.log(`npm run random-networks -- [--seed N] [--count N]

  --seed N   the first random network (default: 0); alone, it repeats that one
  --count N  how many to try (default: 1 with --seed, otherwise 400)`)
} else {
  const [seed, count] = [whole('seed', 0), whole('count', 1)]
  const env = {
    ...process.env,
    ...(seed === undefined ? {} : { RANDOM_NETWORKS_SEED: seed }),
    ...(count === undefined ? {} : { RANDOM_NETWORKS_COUNT: count }),
  }
  const args = ['vitest', 'run', '--project', 'slow', 'test/random-networks.test.ts']
  const { status } = spawnSync('npx', args, { stdio: 'inherit', env, shell: process.platform === 'win32' })
  process.exitCode = status ?? 1
}
