/** @file This engine as the bench sees it: the one file of the bench that knows the library's API. */

/**
 * @typedef {{
 *   step(count: number): Promise<number>,
 *   infer(batch: number, count: number): Promise<number>,
 *   close(): Promise<void>
 * }} Engine `step` trains on batches of 128; both return milliseconds a call, mean of `count` calls
 */

/**
 * Builds and compiles one of the networks of `networks.json`.
 * @param {{ model: string, threads: number }} options
 * @returns {Promise<Engine>}
 */
export async function createEngine({ model, threads }) {
  throw new Error(`the engine is not available yet (${model}, ${threads} threads)`)
}

/**
 * GFLOP/s this machine reaches with 128-bit fused multiply-adds on so many threads, measured; null when unknown.
 * @param {number} _threads
 * @returns {Promise<number | null>}
 */
export async function measurePeak(_threads) {
  return null
}
