/** @file This engine as the bench sees it: the one file of the bench that knows the library's API. */
import { configure, input, layers, NdArray, resetNames, sequential } from '../dist/node.js'
import { networkOf } from './networks.mjs'

/**
 * @typedef {{
 *   step(count: number): Promise<number>,
 *   infer(batch: number, count: number): Promise<number>,
 *   profile(): Promise<import('../dist/backends/engine.js').KernelTime[]>,
 *   close(): Promise<void>
 * }} Engine `step` trains on batches of 128; both return milliseconds a call, mean of `count` calls;
 *   `profile` times the kernels of one step
 */

const STEP_BATCH = 128

/**
 * Builds and compiles one of the networks of `networks.json`.
 * @param {{ model: string, threads: number }} options
 * @returns {Promise<Engine>}
 */
export async function createEngine({ model, threads }) {
  resetNames()
  const network = build(networkOf(model))
  network.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  configure({ threads })
  await network.engine()
  const { x, y } = pictures(networkOf(model).input)
  return {
    step: (count) => millisecondsOf(count, () => network.trainOnBatch(x, y)),
    infer: (batch, count) => millisecondsOf(count, () => network.predict(x.slice(0, batch), { batchSize: batch })),
    profile: () => network.profile(x, y),
    close: () => network.dispose(),
  }
}

/** @param {import('./networks.mjs').Network} network */
function build(network) {
  const same = /** @type {const} */ ({ kernelSize: 3, padding: 'same', activation: 'relu' })
  const stack = network.layers.flatMap((layer) => {
    if ('conv' in layer) return [layers.conv2d({ filters: layer.conv, ...same })]
    if ('separable' in layer) return [layers.separableConv2d({ filters: layer.separable, ...same })]
    if ('pool' in layer) return [layers.maxPooling2d({ poolSize: layer.pool })]
    return [layers.flatten(), layers.dense({ units: layer.dense, activation: 'softmax' })]
  })
  return sequential([input({ shape: network.input }), ...stack])
}

/** A batch of pictures, as bytes, and their classes; what is on them does not matter for the time. @param {number[]} shape */
function pictures(shape) {
  const size = shape.reduce((product, n) => product * n, STEP_BATCH)
  const x = Uint8Array.from({ length: size }, (_, i) => (i * 2654435761) >>> 24)
  const y = Int32Array.from({ length: STEP_BATCH }, (_, i) => i % 10)
  return { x: new NdArray(x, [STEP_BATCH, ...shape]), y: new NdArray(y, [STEP_BATCH]) }
}

/** @param {number} count @param {() => Promise<unknown>} call */
async function millisecondsOf(count, call) {
  const start = performance.now()
  for (let i = 0; i < count; i++) await call()
  return (performance.now() - start) / count
}

/**
 * GFLOP/s this machine reaches with 128-bit fused multiply-adds on so many threads, measured.
 * @param {number} threads
 * @returns {Promise<number>}
 */
export async function measurePeak(threads) {
  configure({ threads })
  const network = build(networkOf('separable'))
  const engine = await network.engine()
  const peak = await engine.measurePeak?.()
  await network.dispose()
  return peak ?? Number.NaN
}
