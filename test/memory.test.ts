/** @file How much memory training takes: the whole process, with data of the size of CIFAR-10. Needs `npm run build`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('train-briefly.js', import.meta.url))
const PICTURES = 50_000 * 32 * 32 * 3
const LIMIT = 700e6

it.each(['conv', 'separable'])('training the %s network at batch 128 stays below 700 MB', async (network) => {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, network])
  const peak = Number(stdout)
  console.log(`${network}: at most ${Math.round(peak / 1e6)} MB`)
  expect(peak).toBeGreaterThan(PICTURES)
  expect(peak).toBeLessThan(LIMIT)
})
