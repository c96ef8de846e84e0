/**
 * @file The networks of the bench and what they cost. `networks.json` is the one description that this engine and all
 * peers build from: `conv` is 3x3 `same` with bias and ReLU; `separable` is depthwise 3x3 `same` without bias, then 1x1 with
 * bias and ReLU; `convNorm` and `separableNorm` have batch normalisation and ReLU6 after each convolution instead of a
 * bias, and a stride; `pool` is a max-pool, or the mean of each channel; `dense` flattens first and gives logits.
 */
import { readFileSync } from 'node:fs'

/**
 * @typedef {'step' | 'infer'} Task one training step (forward, backward, Adam), or the forward pass alone
 * @typedef {{ conv: number } | { separable: number } | { convNorm: number, stride: number }
 *   | { separableNorm: number, stride: number } | { pool: number | 'global' } | { dense: number }} Layer
 * @typedef {{ batch: number, input: [number, number, number], layers: Layer[] }} Network
 * @typedef {{ params: number, macs: number, inputGradMacs: number, filters?: number }} LayerCost for one image
 */

/** @type {Readonly<Record<string, Network>>} */
export const NETWORKS = JSON.parse(readFileSync(new URL('networks.json', import.meta.url), 'utf8'))

/** @param {string} model @returns {Network} */
export function networkOf(model) {
  const network = NETWORKS[model]
  if (!network)
    throw new Error(`unknown model, expected one of ${Object.keys(NETWORKS).join(', ')}, received: ${model}`)
  return network
}

/** Trainable numbers. @param {string} model */
export function paramsOf(model) {
  return sum(costsOf(networkOf(model)).map(({ params }) => params))
}

/**
 * Floating-point operations of a task: two for each multiply-accumulate, whatever algorithm a system uses. A step has
 * the forward product, the weight gradient, and the input gradient of all but the first layer.
 * @param {string} model @param {Task} task @param {number} batch
 */
export function flopsOf(model, task, batch) {
  const costs = costsOf(networkOf(model))
  const forward = sum(costs.map(({ macs }) => macs))
  const macs = task === 'infer' ? forward : 3 * forward - (costs[0]?.inputGradMacs ?? 0)
  return 2 * macs * batch
}

/** @param {Network} network @returns {LayerCost[]} */
function costsOf({ input, layers }) {
  let size = input
  return layers.map((layer) => {
    const [height, width, channels] = size
    size = sizeAfter(layer, size)
    const pixels = size[0] * size[1]
    if ('pool' in layer) return NOTHING
    if ('dense' in layer) return productCost(1, height * width * channels, layer.dense)
    if ('conv' in layer) return productCost(pixels, 9 * channels, layer.conv)
    if ('convNorm' in layer) return normalised(productCost(pixels, 9 * channels, layer.convNorm), 0)
    const depthwise = { params: 9 * channels, macs: 9 * channels * pixels, inputGradMacs: 9 * channels * pixels }
    if ('separable' in layer) return pairCost(depthwise, productCost(pixels, channels, layer.separable))
    return pairCost(depthwise, normalised(productCost(pixels, channels, layer.separableNorm), 2 * channels))
  })
}

/** @param {Layer} layer @param {[number, number, number]} size @returns {[number, number, number]} */
function sizeAfter(layer, [height, width, channels]) {
  if ('conv' in layer) return [height, width, layer.conv]
  if ('separable' in layer) return [height, width, layer.separable]
  if ('dense' in layer) return [1, 1, layer.dense]
  if ('pool' in layer)
    return layer.pool === 'global' ? [1, 1, channels] : [height / layer.pool, width / layer.pool, channels]
  const filters = 'convNorm' in layer ? layer.convNorm : layer.separableNorm
  return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), filters]
}

/** @type {LayerCost} */
const NOTHING = { params: 0, macs: 0, inputGradMacs: 0 }

/** Gamma and beta instead of a bias, and `more` parameters. @param {LayerCost} cost @param {number} more @returns {LayerCost} */
function normalised({ params, filters = 0, ...cost }, more) {
  return { ...cost, params: params + filters + more }
}

/** A depthwise convolution and what follows it; in a first layer only the former has an input without gradient. */
function pairCost(/** @type {LayerCost} */ depthwise, /** @type {LayerCost} */ pointwise) {
  return {
    params: depthwise.params + pointwise.params,
    macs: depthwise.macs + pointwise.macs,
    inputGradMacs: depthwise.inputGradMacs,
  }
}

/** [rows, inputs] x [inputs, outputs] plus bias. @param {number} rows @param {number} inputs @param {number} outputs */
function productCost(rows, inputs, outputs) {
  const macs = rows * inputs * outputs
  return { params: (inputs + 1) * outputs, macs, inputGradMacs: macs, filters: outputs }
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
