/**
 * @file Pages in which workers do not start, or WebAssembly is forbidden, in headless Chromium: one thread and a note, or one
 * clear line. Needs `npm run build`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../scripts/lib/browser.mjs'
import { openBrowser, type PageOptions, type TestBrowser } from './browser/harness.ts'

const executable = findBrowser()
const missing = 'browser tests: no Chromium or Chrome found (name one with CHROMIUM=/path/to/chromium)'
if (!executable && process.env.CI) throw new Error(missing)
if (!executable) console.log(`skipped: ${missing}`)

/** @param first runs before the library is imported */
const training = (first = '') => `
  export const run = async () => {
    ${first}
    const { configure, input, layers, NdArray, sequential, setRandomSeed } = await import('/dist/web.js')
    configure({ threads: 2 })
    setRandomSeed(1)
    const net = sequential([input({ shape: [3] }), layers.dense({ units: 2, activation: 'softmax' })])
    net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const x = new NdArray(Float32Array.from({ length: 24 }, (_, i) => (i % 7) / 7), [8, 3])
    const y = new NdArray(Int32Array.from({ length: 8 }, (_, i) => i % 2), [8])
    const failure = await net.fit(x, y, { verbose: 0, epochs: 2 }).then(() => undefined, ({ message }) => message)
    if (failure) return { failure }
    const engine = await net.engine()
    const { threads, notes } = engine
    const result = { threads, notes: [...notes], weights: [...net.getWeights()[0].data] }
    await net.dispose()
    return result
  }`

interface Outcome {
  readonly failure?: string
  readonly threads: number
  readonly notes: readonly string[]
  readonly weights: readonly number[]
}

const WORKER = '/dist/backends/wasm/worker.js'

describe.skipIf(!executable)('a page', { timeout: 60_000 }, () => {
  let browser: TestBrowser
  let expected: Outcome
  const train = async (options: PageOptions, first?: string) =>
    (await browser.runInPage(training(first), options)) as Outcome
  beforeAll(async () => {
    browser = await openBrowser(executable as string)
    expected = await train({})
    expect(expected.threads).toBe(2)
  })
  afterAll(() => browser?.close())

  it.each([
    ['has no worker file', { missing: WORKER, expected: /404/ }, '', 'worker.js cannot be loaded'],
    ['forbids workers', { policy: "worker-src 'none'", expected: /Content Security Policy/ }, '', 'worker'],
    ['has no workers', {}, 'delete globalThis.Worker', 'Worker is not defined'],
    ['makes workers that throw', {}, "globalThis.Worker = class { constructor() { throw new Error('no') } }", 'no'],
  ])('that %s trains on one thread and says so', async (_, options, first, reason) => {
    const { threads, notes, weights } = await train(options, first)
    expect({ threads, weights }).toEqual({ threads: 1, weights: expected.weights })
    const note = notes.find((each) => each.endsWith('computing on one thread, the calling one'))
    expect(note).toMatch(/^workers do not start \(/)
    expect(note).toContain(reason)
  })

  it.each([
    ['has no SharedArrayBuffer', 'delete globalThis.SharedArrayBuffer'],
    [
      'may not share memory',
      "const { Memory } = WebAssembly; WebAssembly.Memory = function (how) { if (how.shared) throw new Error('no'); return new Memory(how) }",
    ],
    [
      'does not say how many cores there are',
      "Object.defineProperty(navigator, 'hardwareConcurrency', { value: undefined })",
    ],
  ])('that %s trains', async (_, first) => {
    expect((await train({}, first)).weights).toEqual(expected.weights)
  })

  it('that forbids WebAssembly says which word its policy needs', async () => {
    const policy = "script-src 'self'"
    const { failure } = await train({ policy, expected: /Content Security Policy/ })
    expect(failure).toMatch(
      /^the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src, received: "/,
    )
    const allowed = await train({ policy: `${policy} 'wasm-unsafe-eval'` })
    expect(allowed).toEqual(expected)
  })
})
