/**
 * @file For memory.test.ts, a process of its own: trains for three steps on data of the size of CIFAR-10, evaluates, and
 * prints the most memory that the process ever held, in bytes. Usage: node train-briefly.js conv|separable
 */
import { vggBlocks } from '../dist/models/index.js'
import { NdArray } from '../dist/node.js'

/** @param {number} n */
const images = (n) => new NdArray(new Uint8Array(n * 3072).fill(1), [n, 32, 32, 3])
/** @param {number} n */
const labels = (n) =>
  new NdArray(
    Int32Array.from({ length: n }, (_, i) => i % 10),
    [n],
  )

const net = vggBlocks({ convolution: process.argv[2] === 'conv' ? 'conv' : 'separable' })
net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
/** @param {number} batch */
const onBatchEnd = (batch) => {
  net.stopTraining = batch === 2
}
await net.fit(images(50_000), labels(50_000), { batchSize: 128, verbose: 0, callbacks: [{ onBatchEnd }] })
await net.evaluate(images(256), labels(256), { batchSize: 128, verbose: 0 })
await net.dispose()
console.log(process.resourceUsage().maxRSS * 1024)
