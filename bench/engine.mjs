/** @file This engine as the bench sees it: the one file of the bench that knows the library's API. */
import * as built from '../dist/node.js'
import { networkOf } from './networks.mjs'

/**
 * @typedef {typeof built} Library
 * @typedef {{
 *   step(count: number): Promise<number>,
 *   infer(batch: number, count: number): Promise<number>,
 *   profile(): Promise<import('../dist/backends/engine.js').KernelTime[]>,
 *   close(): Promise<void>
 * }} Engine `step` trains on batches of the network's size; both return milliseconds a call, mean of `count` calls;
 *   `profile` times the kernels of one step
 */

/**
 * Builds and compiles one of the networks of `networks.json`.
 * @param {{ model: string, threads: number, library?: Library }} options by default with the build of this checkout
 * @returns {Promise<Engine>}
 */
export async function createEngine({ model, threads, library = built }) {
  const network = openNetwork({ model, threads, library })
  await network.engine()
  const { x, y } = pictures(networkOf(model), library)
  return {
    step: (count) => millisecondsOf(count, () => network.trainOnBatch(x, y)),
    infer: (batch, count) => millisecondsOf(count, () => network.predict(x.slice(0, batch), { batchSize: batch })),
    profile: () => network.profile(x, y),
    close: () => network.dispose(),
  }
}

/** A network that will train on so many threads. @param {{ model: string, threads: number, library?: Library }} options */
export function openNetwork({ model, threads, library = built }) {
  library.resetNames()
  const network = build(library, networkOf(model))
  network.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  library.configure({ threads })
  return network
}

/** @param {Library} library @param {import('./networks.mjs').Network} network */
function build({ sequential, input, layers }, network) {
  return sequential([input({ shape: network.input }), ...network.layers.flatMap((layer) => layersOf(layers, layer))])
}

const same = /** @type {const} */ ({ kernelSize: 3, padding: 'same' })

/** @param {Library['layers']} layers @param {import('./networks.mjs').Layer} layer */
function layersOf(layers, layer) {
  if ('conv' in layer) return [layers.conv2d({ ...same, filters: layer.conv, activation: 'relu' })]
  if ('separable' in layer) return [layers.separableConv2d({ ...same, filters: layer.separable, activation: 'relu' })]
  if ('dense' in layer) return [layers.flatten(), layers.dense({ units: layer.dense, activation: 'softmax' })]
  if ('pool' in layer)
    return layer.pool === 'global' ? [layers.globalAveragePooling2d()] : [layers.maxPooling2d({ poolSize: layer.pool })]
  const normalised = (/** @type {import('../dist/nn/layer.js').Layer} */ convolution) => [
    convolution,
    layers.batchNormalization(),
    layers.activation({ activation: 'relu6' }),
  ]
  const { stride: strides } = layer
  if ('convNorm' in layer)
    return normalised(layers.conv2d({ ...same, filters: layer.convNorm, strides, useBias: false }))
  return [
    ...normalised(layers.depthwiseConv2d({ ...same, strides, useBias: false })),
    ...normalised(layers.conv2d({ filters: layer.separableNorm, kernelSize: 1, useBias: false })),
  ]
}

/**
 * Pictures, as bytes, and their classes; what is on them does not matter for the time.
 * @param {Pick<import('./networks.mjs').Network, 'batch' | 'input'>} size @param {Pick<Library, 'NdArray'>} [library]
 */
export function pictures({ batch, input: shape }, { NdArray } = built) {
  const size = shape.reduce((product, n) => product * n, batch)
  const x = Uint8Array.from({ length: size }, (_, i) => (i * 2654435761) >>> 24)
  const y = Int32Array.from({ length: batch }, (_, i) => i % 10)
  return { x: new NdArray(x, [batch, ...shape]), y: new NdArray(y, [batch]) }
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
  built.configure({ threads })
  const network = build(built, networkOf('separable'))
  const engine = await network.engine()
  const peak = await engine.measurePeak?.()
  await network.dispose()
  return peak ?? Number.NaN
}
