/**
 * @file The two networks of the bench and what they cost. `networks.json` is the one description that this engine and all
 * peers build from: `conv` is 3x3 `same` with bias and ReLU; `separable` is depthwise 3x3 `same` without bias, then 1x1 with
 * bias and ReLU; `pool` is a max-pool; `dense` flattens first and gives logits.
 */
import { readFileSync } from 'node:fs'

/**
 * @typedef {'step' | 'infer'} Task one training step (forward, backward, Adam), or the forward pass alone
 * @typedef {{ conv: number } | { separable: number } | { pool: number } | { dense: number }} Layer
 * @typedef {{ input: [number, number, number], layers: Layer[] }} Network
 * @typedef {{ params: number, macs: number, inputGradMacs: number }} LayerCost for one image
 */

/** @type {Readonly<Record<string, Network>>} */
export const NETWORKS = JSON.parse(readFileSync(new URL('networks.json', import.meta.url), 'utf8'))

/** @param {string} model @returns {Network} */
export function networkOf(model) {
  const network = NETWORKS[model]
  if (!network) throw new Error(`unknown model, expected ${Object.keys(NETWORKS).join(' or ')}, received: ${model}`)
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
  let [height, width, channels] = input
  return layers.map((layer) => {
    const pixels = height * width
    const inputs = channels
    if ('pool' in layer) {
      height /= layer.pool
      width /= layer.pool
      return { params: 0, macs: 0, inputGradMacs: 0 }
    }
    if ('dense' in layer) return productCost(1, pixels * inputs, layer.dense)
    if ('conv' in layer) {
      channels = layer.conv
      return productCost(pixels, 9 * inputs, channels)
    }
    channels = layer.separable
    const pointwise = productCost(pixels, inputs, channels)
    const depthwise = 9 * inputs
    return {
      params: pointwise.params + depthwise,
      macs: pointwise.macs + depthwise * pixels,
      inputGradMacs: depthwise * pixels,
    }
  })
}

/** [rows, inputs] x [inputs, outputs] plus bias. @param {number} rows @param {number} inputs @param {number} outputs */
function productCost(rows, inputs, outputs) {
  const macs = rows * inputs * outputs
  return { params: (inputs + 1) * outputs, macs, inputGradMacs: macs }
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
