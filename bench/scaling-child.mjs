/**
 * @file A process that trains a network for a few steps with batches of one size, and prints as JSON what memory it was
 * predicted to hold at most and what it did, in bytes. Usage: node scaling-child.mjs MODEL BATCH_SIZE THREADS
 */
import { existsSync, readFileSync } from 'node:fs'
import { measureRuntime } from '../dist/cli/runtime-memory.js'
import { configure } from '../dist/node.js'
import { openNetwork, pictures } from './engine.mjs'
import { networkOf } from './networks.mjs'

const STEPS = 3

const [model = '', batchSize = '', threads = ''] = process.argv.slice(2)
const batch = Number(batchSize)
configure({ threads: Number(threads) })
const { train: runtime } = await measureRuntime()
const network = openNetwork({ model, threads: Number(threads) })
const { bytes } = await network.memory('train', { batchSize: batch, examples: batch })
const { x, y } = pictures({ ...networkOf(model), batch })
for (let step = 0; step < STEPS; step++) await network.trainOnBatch(x, y)
await network.dispose()
console.log(JSON.stringify({ predicted: runtime + bytes, peak: peakBytes() }))

/** Linux hands the peak of the parent down to a new process, where getrusage finds it; /proc does not have it. */
function peakBytes() {
  const status = '/proc/self/status'
  if (!existsSync(status)) return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1024
}
