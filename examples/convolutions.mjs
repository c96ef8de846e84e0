/**
 * @file Six ways to get from 64 to 128 channels with a view of 3x3 pixels, on pictures of 32x32: what each has to learn and to
 * compute. Run it with `node examples/convolutions.mjs`; docs/recipes.md explains them.
 */
import { input, layers, model } from 'separable'

const filters = 128
const same = /** @type {const} */ ({ padding: 'same' })

const WAYS = {
  ordinary: [layers.conv2d({ filters, kernelSize: 3, ...same })],
  'depthwise separable': [layers.separableConv2d({ filters, kernelSize: 3, ...same })],
  'spatially separable': [
    layers.conv2d({ filters: 64, kernelSize: [3, 1], ...same }),
    layers.conv2d({ filters, kernelSize: [1, 3], ...same }),
  ],
  'both at once': [
    layers.depthwiseConv2d({ kernelSize: [3, 1], ...same }),
    layers.separableConv2d({ filters, kernelSize: [1, 3], ...same }),
  ],
  'grouped, 8 groups': [layers.conv2d({ filters, kernelSize: 3, groups: 8, ...same })],
  bottleneck: [
    layers.conv2d({ filters: 32, kernelSize: 1 }),
    layers.conv2d({ filters: 32, kernelSize: 3, ...same }),
    layers.conv2d({ filters, kernelSize: 1 }),
  ],
}

const show = (/** @type {number} */ n) => n.toLocaleString('en').padStart(12)
console.log(`${''.padEnd(20)}${'parameters'.padStart(12)}${'MACs'.padStart(12)}`)
for (const [name, steps] of Object.entries(WAYS)) {
  const visible = input({ shape: [32, 32, 64] })
  const net = model({ inputs: visible, outputs: steps.reduce((x, layer) => layer.apply(x), visible) })
  const macs = [...net.macs().values()].reduce((sum, each) => sum + each, 0)
  console.log(`${name.padEnd(20)}${show(net.countParams())}${show(macs)}`)
}
