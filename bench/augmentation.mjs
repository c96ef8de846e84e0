/**
 * @file What augmentation adds to a training step: the separable network with and without it, step by step in turn.
 * Usage: node bench/augmentation.mjs [--threads N] [--rounds N]   (after `npm run build`)
 */
import { parseArgs } from 'node:util'
import { vggBlocks } from '../dist/models/index.js'
import { configure, input, layers, NdArray, sequential } from '../dist/node.js'
import { median } from './report.mjs'

const BATCH = 128
const SHAPE = [32, 32, 3]

/** @param {import('../dist/node.js').Layer[]} augmentation */
async function openStep(augmentation) {
  const net = sequential([input({ shape: SHAPE }), ...augmentation, ...vggBlocks().layers])
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const pixels = Uint8Array.from({ length: BATCH * 32 * 32 * 3 }, (_, i) => (i * 2654435761) >>> 24)
  const x = new NdArray(pixels, [BATCH, ...SHAPE])
  const y = new NdArray(
    Int32Array.from({ length: BATCH }, (_, i) => i % 10),
    [BATCH],
  )
  const step = async () => {
    const start = performance.now()
    await net.trainOnBatch(x, y)
    return performance.now() - start
  }
  for (let i = 0; i < 3; i++) await step() // the optimising compiler steps in
  return { step, close: () => net.dispose() }
}

const { values } = parseArgs({
  options: { threads: { type: 'string', default: '1' }, rounds: { type: 'string', default: '21' } },
})
configure({ threads: Number(values.threads) })
const recipe = [layers.randomFlip({ mode: 'horizontal' }), layers.randomCrop({ height: 32, width: 32, zeroPadding: 4 })]
const steps = [await openStep([]), await openStep(recipe)]
const ms = steps.map(() => /** @type {number[]} */ ([]))
for (let round = 0; round < Number(values.rounds); round++)
  for (const i of round % 2 ? [1, 0] : [0, 1]) ms[i]?.push((await steps[i]?.step()) ?? Number.NaN)
for (const { close } of steps) await close()
const [plain = [], augmented = []] = ms
const ratio = median(augmented.map((time, round) => time / (plain[round] ?? Number.NaN)))
const show = (/** @type {number[]} */ times) => `${median(times).toFixed(1)} ms (best ${Math.min(...times).toFixed(1)})`
console.log(`without ${show(plain)}, with flip and crop ${show(augmented)}, median of ratios ${ratio.toFixed(4)}`)
