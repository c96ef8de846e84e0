/** @file How much memory training and inference take, as predicted and as measured: whole processes. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const node = async (...args: (string | number)[]) =>
  (await promisify(execFile)(process.execPath, args.map(String))).stdout

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
/** Enough for the steps; so few that they do not hide what the rest takes. */
const EXAMPLES = 2000

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'separable-memory-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

async function predicted(network: string, batchSize: number, examples: number) {
  const file = join(dir, 'summary.json')
  const size = ['--batch-size', batchSize, '--examples', examples, '--threads', 2, '--json', file]
  await node(pathOf('../dist/cli/main.js'), 'summary', network, '--memory', ...size)
  return JSON.parse(readFileSync(file, 'utf8')).memory
}

/** The median of three processes: how far V8 lets its heaps grow is not the same each time. */
async function measured(network: string, purpose: string, batchSize: number, examples: number): Promise<number> {
  const peaks: number[] = []
  while (peaks.length < 3)
    peaks.push(Number(await node(pathOf('train-briefly.js'), network, purpose, batchSize, examples)))
  return peaks.sort((a, b) => a - b)[1] as number
}

it.each([
  ['conv', 32],
  ['conv', 128],
  ['separable', 32],
  ['separable', 128],
])('the peaks of the %s network at batch %i are as predicted', async (network, batchSize) => {
  const memory = await predicted(network, batchSize, EXAMPLES)
  for (const purpose of ['train', 'predict']) {
    const { peak } = memory[purpose]
    const truth = await measured(network, purpose, batchSize, EXAMPLES)
    console.log(`${network} ${purpose} ${batchSize}: predicted ${megabytes(peak)}, measured ${megabytes(truth)}`)
    expect(peak / truth).toBeGreaterThan(0.9)
    expect(peak / truth).toBeLessThan(1.1)
  }
})

it('a data set of the size of CIFAR-10 is in memory once, and training stays below 500 MB', async () => {
  const [few, all] = [EXAMPLES, 50_000]
  const peak = await measured('conv', 'train', 128, all)
  const growth = (peak - (await measured('conv', 'train', 128, few))) / (all - few)
  expect(growth).toBeGreaterThan(0.9 * 32 * 32 * 3)
  expect(growth).toBeLessThan(1.1 * 32 * 32 * 3)
  expect(peak).toBeLessThan(500e6)
})
