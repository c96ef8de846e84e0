/** @file How much memory training takes: the whole process, with data of the size of CIFAR-10. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { DIST } from './browser/harness.ts'

const MiB = 2 ** 20
const LIMIT = 700 * 1e6

/** Trains for three steps, evaluates, and prints the most memory that the process ever held, in bytes. */
const SCRIPT = `
const { NdArray } = await import(process.argv[1] + '/node.js')
const { vggBlocks } = await import(process.argv[1] + '/models/index.js')
const images = (n) => new NdArray(new Uint8Array(n * 3072).fill(1), [n, 32, 32, 3])
const labels = (n) => new NdArray(Int32Array.from({ length: n }, (_, i) => i % 10), [n])
const net = vggBlocks({ convolution: process.argv[2] })
net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
const onBatchEnd = (batch) => void (net.stopTraining = batch === 2)
const train = [images(50_000), labels(50_000)]
await net.fit(...train, { batchSize: 128, verbose: 0, callbacks: [{ onBatchEnd }] })
await net.evaluate(images(256), labels(256), { batchSize: 128, verbose: 0 })
await net.dispose()
console.log(process.resourceUsage().maxRSS * 1024)
`

it.each(['conv', 'separable'])('training the %s network at batch 128 stays below 700 MB', async (network) => {
  const args = ['--input-type=module', '-e', SCRIPT, join(DIST), network]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const peak = Number(stdout)
  console.log(`${network}: at most ${Math.round(peak / MiB)} MiB`)
  expect(peak).toBeGreaterThan(150 * MiB) // the pictures alone
  expect(peak).toBeLessThan(LIMIT)
})
