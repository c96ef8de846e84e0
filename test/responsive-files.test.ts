/**
 * @file While 100 MB are loaded and saved the event loop gets its turns. A turn's length is the processor time that it took, or the
 * time on the clock where that is less: other programs on the machine do not count. The best of three trials decides: long
 * synchronous work is in each of them, a collection of garbage is not.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { input, layers, loadModel, type Model, sequential } from '../src/node.ts'
import { NdArray, sizeOf } from '../src/tensor/ndarray.ts'

/** Longer than this, and a server misses answers, a page frames. */
const LONGEST_TURN_MS = 50

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The longest turn of the event loop while something runs, in milliseconds. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longest, running] = [0, true]
  let [clock, processor] = [performance.now(), process.cpuUsage()]
  const look = () => {
    const used = process.cpuUsage(processor)
    longest = Math.max(longest, Math.min(performance.now() - clock, (used.user + used.system) / 1000))
    clock = performance.now()
    processor = process.cpuUsage()
    if (running) setImmediate(look)
  }
  setImmediate(look)
  await work()
  await new Promise((resolve) => setImmediate(resolve))
  running = false
  return longest
}

async function expectTurns(work: () => Promise<unknown>): Promise<void> {
  const turns: number[] = []
  for (let trial = 0; trial < 3; trial++) turns.push(await longestTurn(work))
  expect(Math.min(...turns)).toBeLessThan(LONGEST_TURN_MS)
}

let net: Model

beforeAll(() => {
  const dense = Array.from({ length: 6 }, (_, i) => layers.dense({ units: 2048, name: `dense${i}` }))
  net = sequential([input({ shape: [2048] }), ...dense])
  net.setWeights(net.weights.map(({ shape }) => new NdArray(new Float32Array(sizeOf(shape)).fill(0.5), shape)))
  expect(4 * net.countParams()).toBeGreaterThan(1e8)
})

describe.each(['keras', 'h5', 'weights.h5', 'safetensors', 'npz'] as const)('100 MB as .%s', (format) => {
  it('toBlob', async () => {
    await expectTurns(() => net.toBlob(format))
  })

  it('loadWeights', async () => {
    const file = await net.toBlob(format)
    await expectTurns(() => net.loadWeights(file))
  })
})

describe.each(['keras', 'h5'])('100 MB in a .%s file', (ending) => {
  it('save and loadModel', async () => {
    const path = join(folder, `net.${ending}`)
    await expectTurns(() => net.save(path))
    await expectTurns(() => loadModel(path))
  })
})

it('the values that are saved are those of the moment, although turns go by', async () => {
  const small = sequential([input({ shape: [64] }), layers.dense({ units: 64, name: 'dense' })])
  const fill = (value: number) =>
    small.setWeights(small.weights.map(({ shape }) => new NdArray(new Float32Array(sizeOf(shape)).fill(value), shape)))
  fill(1)
  const saved = small.toBlob('keras')
  fill(2)
  const copy = await loadModel(await saved)
  expect(new Set(copy.getWeights().flatMap(({ data }) => [...data]))).toEqual(new Set([1]))
})
