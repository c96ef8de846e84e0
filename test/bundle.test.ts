/**
 * @file The package as it reaches pages: all its entries through a bundler, without a word of configuration, in headless
 * Chromium. Files of Keras and ONNX are read there, and predict what they predict in Node. Needs `npm run build`.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../scripts/lib/browser.mjs'
import { loadModel, NdArray } from '../src/node.ts'
import { exportOnnx } from '../src/onnx/index.ts'
import { openBrowser, type TestBrowser } from './browser/harness.ts'

const executable = findBrowser()
const missing = 'bundle tests: no Chromium or Chrome found (name one with CHROMIUM=/path/to/chromium)'
if (!executable && process.env.CI) throw new Error(missing)
if (!executable) console.log(`skipped: ${missing}`)

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const GOLDEN = join(ROOT, 'test/golden')
const FILES = ['keras-3.15.1.keras', 'keras-3.15.1.h5']
const SHAPE = [2, 8, 8, 3]
const PIXELS = Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => ((i * 7919) % 1009) / 1009)

const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="main.js"></script>'

/** Everything there is, as an application would import it. */
const APP = `
import { input, layers, loadModel, NdArray, sequential, setRandomSeed } from 'separable'
import { shapes } from 'separable/data'
import { exportJs } from 'separable/js'
import { zoo } from 'separable/models'
import { exportOnnx, importOnnx } from 'separable/onnx'

const x = new NdArray(Float32Array.of(${PIXELS}), ${JSON.stringify(SHAPE)})
const bytesOf = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer())
const outputsOf = async (net) => {
  const { data } = await net.predict(x)
  await net.dispose()
  return [...data]
}

async function train() {
  setRandomSeed(1)
  const { train } = await shapes({ trainImages: 64, testImages: 1, seed: 1 })
  const net = sequential([
    input({ shape: [32, 32, 3] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.separableConv2d({ filters: 8, kernelSize: 3 }),
    layers.globalAveragePooling2d(),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const { history } = await net.fit(train.x, train.y, { epochs: 1, verbose: 0 })
  const { threads } = await net.engine()
  await net.dispose()
  return { loss: history.loss[0], severalThreads: threads > 1 }
}

async function exported() {
  const net = await loadModel(await bytesOf('${FILES[0]}'))
  const { text } = await exportJs(net)
  await net.dispose()
  const { predict } = await import(/* @vite-ignore */ URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))
  const half = x.data.length / 2
  return [...predict(x.data.subarray(0, half)), ...predict(x.data.subarray(half))]
}

const run = async () => ({
  ...(await train()),
  keras: await outputsOf(await loadModel(await bytesOf('${FILES[0]}'))),
  h5: await outputsOf(await loadModel(await bytesOf('${FILES[1]}'))),
  onnx: await outputsOf(importOnnx(exportOnnx(importOnnx(await bytesOf('net.onnx'))))),
  exported: await exported(),
  parameters: zoo.separable().countParams(),
})
window.result = run()
`

describe.skipIf(!executable)('an application of all entries, bundled by Vite', () => {
  let browser: TestBrowser
  let folder: string
  let expected: readonly unknown[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'separable-bundle-'))
    mkdirSync(join(folder, 'node_modules'))
    mkdirSync(join(folder, 'public'))
    symlinkSync(ROOT, join(folder, 'node_modules/separable'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'application', type: 'module' }))
    writeFileSync(join(folder, 'index.html'), PAGE)
    writeFileSync(join(folder, 'main.js'), APP)
    for (const file of FILES) copyFileSync(join(GOLDEN, file), join(folder, 'public', file))
    const net = await loadModel(join(GOLDEN, FILES[0]))
    writeFileSync(join(folder, 'public/net.onnx'), exportOnnx(net))
    const { data } = await net.predict(new NdArray(PIXELS, SHAPE))
    await net.dispose()
    expected = Array.from(data, (value) => expect.closeTo(value, 5))
    await build({ root: folder, configFile: false, logLevel: 'error', build: { chunkSizeWarningLimit: 2000 } })
    browser = await openBrowser(executable as string)
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  it.each([true, false])('trains, reads and writes files, and exports (isolated: %s)', async (isolated) => {
    expect(await browser.runApp(join(folder, 'dist'), { isolated })).toEqual({
      loss: expect.closeTo(2.3, 0),
      severalThreads: isolated && availableParallelism() > 1,
      keras: expected,
      h5: expected,
      onnx: expected,
      exported: expected,
      parameters: 174821,
    })
  })
})
