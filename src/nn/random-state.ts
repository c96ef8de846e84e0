/** @file The one seed behind initial weights, dropout and shuffling. */
import { Random } from '../base/random.ts'

const state = { seed: 0, drawn: 0 }

/**
 * Seeds everything random that is created from now on: initial weights, dropout masks and, unless `fit` gets its own
 * `seed`, the order of the training data. Models built by the same code after the same call are equal bit for bit.
 * Until the first call the seed is 0: a program that never seeds repeats itself too. (Keras: `utils.set_random_seed`)
 *
 * @param seed integer in [0, 2^53)
 * @throws SeparableError (`argument`) when the seed is not such an integer
 */
export function setRandomSeed(seed: number): void {
  new Random(seed) // rejects a seed that cannot be used
  state.seed = seed
  state.drawn = 0
}

export function randomSeed(): number {
  return state.seed
}

/** A new stream at each call: the k-th call after `setRandomSeed(seed)` always returns the same one. */
export function nextRandom(): Random {
  return new Random(state.seed, `created/${state.drawn++}`)
}
