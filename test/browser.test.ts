/** @file The built library in headless Chromium, with and without shared memory. Needs `npm run build`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../scripts/lib/browser.mjs'
import { exportJs, htmlPage } from '../src/js/index.ts'
import { layers } from '../src/nn/layers/index.ts'
import { input } from '../src/nn/layers/input.ts'
import '../src/node.ts'
import { encodePng } from '../src/report/png.ts'
import { NdArray } from '../src/tensor/ndarray.ts'
import { sequential } from '../src/train/sequential.ts'
import { openBrowser, type TestBrowser } from './browser/harness.ts'

const executable = findBrowser()
const missing = 'browser tests: no Chromium or Chrome found (name one with CHROMIUM=/path/to/chromium)'
if (!executable && process.env.CI) throw new Error(missing)
if (!executable) console.log(`skipped: ${missing}`)

describe.skipIf(!executable)('in a browser', () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser(executable as string)
  })
  afterAll(() => browser?.close())

  it.each([true, false])('has shared memory exactly when the page is isolated (%s)', async (isolated) => {
    const source = `export const run = () => ({
      isolated: crossOriginIsolated,
      sharedMemory: typeof SharedArrayBuffer === 'function',
    })`
    expect(await browser.runInPage(source, { isolated })).toEqual({ isolated, sharedMemory: isolated })
  })

  it('has relaxed SIMD', async () => {
    const source = `export const run = () => WebAssembly.validate(new Uint8Array(${JSON.stringify(RELAXED_MADD)}))`
    expect(await browser.runInPage(source)).toBe(true)
  })

  it.each([true, false])('imports the library without errors (isolated: %s)', async (isolated) => {
    const source = `import * as separable from '/dist/web.js'
      export const run = () => Object.keys(separable)`
    expect(await browser.runInPage(source, { isolated })).toEqual(expect.arrayContaining(['model', 'layers', 'input']))
  })

  it('writes model files and reads them, and says that there are no paths', async () => {
    const source = `import { input, layers, loadModel, NdArray, sequential } from '/dist/web.js'
      export const run = async () => {
        const net = sequential([input({ shape: [3] }), layers.dense({ units: 2 })])
        const copy = await loadModel(await net.toBlob('keras'))
        await copy.loadWeights(await net.toBlob('safetensors'))
        const x = new NdArray(Float32Array.of(1, 2, 3), [1, 3])
        const outputs = [await net.predict(x), await copy.predict(x)].map(({ data }) => [...data])
        await Promise.all([net.dispose(), copy.dispose()])
        return { outputs, refused: await net.save('net.keras').catch(({ message }) => message) }
      }`
    const { outputs, refused } = (await browser.runInPage(source)) as { outputs: number[][]; refused: string }
    expect(outputs[0]).toEqual(outputs[1])
    expect(refused).toMatch(/^no file system: .*take toBlob instead of save, received: no platform$/)
  })

  it('runs an exported model, from a server and from a file', async () => {
    const net = sequential([
      input({ shape: [8, 6, 3] }),
      layers.separableConv2d({ filters: 5, kernelSize: 3, activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ])
    const picture = new NdArray(
      Uint8Array.from({ length: 144 }, (_, i) => (i * 7919) % 256),
      [8, 6, 3],
    )
    const { data } = await net.predict(new NdArray(picture.data, [1, 8, 6, 3]))
    const module = await exportJs(net, { classes: ['cat', '<b>dog', 'bird'] })
    await net.dispose()
    const source = `${module.text}\nexport const run = () => [...predict([${picture.data}])]`
    const served = await browser.runInPage(source, { isolated: false })
    expect(served).toEqual(Array.from(data, (score) => expect.closeTo(score, 6)))

    const folder = mkdtempSync(join(tmpdir(), 'separable-page-'))
    const [page, png] = [join(folder, 'index.html'), join(folder, 'picture.png')]
    writeFileSync(page, htmlPage(module))
    writeFileSync(png, encodePng(picture))
    const shown = await browser.openFile(page, async (page) => {
      await page.setInputFiles('input', png)
      await page.waitForSelector('li')
      return page.locator('li').allTextContents()
    })
    rmSync(folder, { recursive: true })
    const lines = ['cat', '<b>dog', 'bird'].map((name, k) => ({
      score: data[k],
      text: `${name}: ${data[k].toFixed(3)}`,
    }))
    expect(shown).toEqual(lines.sort((a, b) => b.score - a.score).map(({ text }) => text))
  })

  it('reports what went wrong in a page', async () => {
    const throwing = `export const run = () => { throw new Error('on purpose') }`
    await expect(browser.runInPage(throwing)).rejects.toThrow('on purpose')
    const logging = `export const run = () => { console.error('a log line'); return 1 }`
    await expect(browser.runInPage(logging)).rejects.toThrow('a log line')
    await expect(browser.runInPage(`import '/dist/../package.json'`)).rejects.toThrow('404')
  })
})

/** (v128, v128, v128) -> v128: local.get 0, 1, 2, f32x4.relaxed_madd. */
const RELAXED_MADD = [
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b],
]
