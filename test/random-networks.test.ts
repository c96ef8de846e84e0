/**
 * @file Random networks: one training step on the wasm engine as on the reference engine. `npm run random-networks -- --seed N`
 * repeats one, `--count N` tries more.
 */
import { expect, it } from 'vitest'
import { printNetwork, randomNetwork, trialOf } from './parity/random-network.ts'
import { differences } from './parity/step-parity.ts'

const { RANDOM_NETWORKS_SEED, RANDOM_NETWORKS_COUNT } = process.env
const first = Number(RANDOM_NETWORKS_SEED ?? 0)
const count = Number(RANDOM_NETWORKS_COUNT ?? (RANDOM_NETWORKS_SEED === undefined ? 400 : 1))

const seeds = Array.from({ length: count }, (_, i) => first + i)

it.each(seeds)('random network %i trains as the reference says', async (seed) => {
  const network = randomNetwork(seed)
  const found = await differences(() => trialOf(network)).catch((error: Error) => [error.stack ?? error.message])
  expect(found, `${printNetwork(network)}\n`).toEqual([])
})
