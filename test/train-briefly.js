/**
 * @file For memory.test.ts, a process of its own: trains for three steps, or infers, and prints the most memory that the
 * process ever held, in bytes. Usage: node train-briefly.js conv|separable train|predict BATCH_SIZE EXAMPLES
 */
import { existsSync, readFileSync } from 'node:fs'
import { vggBlocks } from '../dist/models/index.js'
import { configure, NdArray } from '../dist/node.js'

const [network, purpose, ...sizes] = process.argv.slice(2)
const [batchSize = 0, examples = 0] = sizes.map(Number)

configure({ threads: 2 })
const x = new NdArray(new Uint8Array(examples * 3072).fill(1), [examples, 32, 32, 3])
const net = vggBlocks({ convolution: network === 'conv' ? 'conv' : 'separable' })
net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
if (purpose === 'train') {
  const labels = Int32Array.from({ length: examples }, (_, i) => i % 10)
  /** @param {number} batch */
  const onBatchEnd = (batch) => {
    net.stopTraining = batch === 2
  }
  await net.fit(x, new NdArray(labels, [examples]), { batchSize, verbose: 0, callbacks: [{ onBatchEnd }] })
} else {
  await net.predict(x.slice(0, Math.min(examples, 3 * batchSize)), { batchSize })
}
await net.dispose()
console.log(peakBytes())

/** Linux hands the peak of the parent down to a new process, where getrusage finds it; /proc does not have it. */
function peakBytes() {
  const status = '/proc/self/status'
  if (!existsSync(status)) return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1024
}
