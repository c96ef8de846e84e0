/** @file Modules that predict what their models predict, and what they refuse. Whole networks: test/js-export.test.ts. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from '../train/environment.ts'
import { model } from '../train/functional.ts'
import { sequential } from '../train/sequential.ts'
import { exportJs, htmlPage } from './index.ts'
import type { Info, JsModule } from './parts.ts'

interface Exported {
  readonly info: Info
  predict(pixels: unknown): Float32Array & Float32Array[]
}

/** Loads the text as Node and browsers do. */
const load = (text: string): Promise<Exported> => import(`data:text/javascript,${encodeURIComponent(text)}`)

function classifier(channels = 3) {
  resetNames()
  return sequential([
    input({ shape: [6, 5, channels], name: 'pixels' }),
    layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
    layers.batchNormalization(),
    layers.activation({ activation: 'relu' }),
    layers.conv2d({ filters: 4, kernelSize: 2, useBias: false }),
    layers.batchNormalization({ scale: false }),
    layers.flatten(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
}

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7919) % 256)

const closeTo = (values: Float32Array) => Array.from(values, (value) => expect.closeTo(value, 6))

beforeEach(() => setEngineFactory(async () => new ReferenceEngine()))

describe('exportJs', () => {
  let exported: JsModule
  let module: Exported
  beforeAll(async () => {
    setEngineFactory(async () => new ReferenceEngine())
    exported = await exportJs(classifier(), { classes: ['cat', 'dog', '</script><b>'] })
    module = await load(exported.text)
  })

  it('writes a module that needs nothing and tells its parts', () => {
    const { text, sizes } = exported
    expect(text).not.toMatch(/^\s*import\b|\b(import|require|eval|Function)\(|relaxed/m)
    expect(sizes.code).toBeLessThan(8192)
    expect(sizes.code + sizes.kernels + sizes.weights).toBe(new TextEncoder().encode(text).length)
  })

  it('predicts what the model predicts, from bytes and from numbers, again and again', async () => {
    const pixels = bytes(90)
    const { data } = await classifier().predict(new NdArray(pixels, [1, 6, 5, 3]))
    for (const given of [pixels, Float32Array.from(pixels), new Uint8ClampedArray(pixels), [...pixels]])
      expect([...module.predict(given)]).toEqual(closeTo(data))
  })

  it('takes images as canvases give them, without their alpha', () => {
    const pixels = bytes(90)
    const data = Uint8ClampedArray.from({ length: 120 }, (_, i) => (i % 4 < 3 ? pixels[3 * (i >> 2) + (i % 4)] : 9))
    expect(module.predict({ data, width: 5, height: 6 })).toEqual(module.predict(pixels))
  })

  it('takes the brightness of images for models of one channel, and divides bytes', async () => {
    const { predict } = await load((await exportJs(classifier(1), { divideBy: 255 })).text)
    const white = new Uint8ClampedArray(120).fill(255)
    expect(predict({ data: white, width: 5, height: 6 })).toEqual(predict(new Float32Array(30).fill(1)))
    const green = Uint8ClampedArray.from({ length: 120 }, (_, i) => (i % 4 === 1 || i % 4 === 3 ? 255 : 0))
    expect(predict({ data: green, width: 5, height: 6 })).toEqual(predict(new Uint8Array(30).fill(150)))
    expect(predict(new Uint8Array(30).fill(51))).toEqual(predict(new Float32Array(30).fill(0.2)))
  })

  it('knows the model', () => {
    expect(module.info).toEqual({
      name: 'sequential',
      inputs: [{ name: 'pixels', shape: [6, 5, 3] }],
      outputs: [{ name: 'dense', shape: [3] }],
      classes: ['cat', 'dog', '</script><b>'],
      layers: 7,
      parameters: classifier().countParams(),
    })
    expect(exported.text).not.toContain('</script')
  })

  it.each<[string, unknown, RegExp]>([
    ['too few numbers', new Float32Array(89), /^predict: pixels is 6 x 5 x 3, received: 89 numbers$/],
    ['an image of another size', { data: bytes(120), width: 6, height: 5 }, /received: an image of 5 x 6$/],
    ['nothing', undefined, /received: undefined numbers$/],
  ])('refuses %s', (_, given, message) => {
    expect(() => module.predict(given)).toThrow(message)
  })

  it('does not load when a weight or the expected scores are damaged', async () => {
    const { text } = exported
    const start = text.indexOf("weights: '") + 10
    const damaged = [`${text.slice(0, start)}AACAfwAA${text.slice(start + 8)}`, text.replace('test: [0', 'test: [1')]
    for (const each of damaged)
      await expect(load(each)).rejects.toThrow(/self-test failed, this file is damaged: score/)
  })

  it('takes and returns lists where a model has several inputs or outputs', async () => {
    const [a, b] = [input({ shape: [3], name: 'a' }), input({ shape: [2], name: 'b' })]
    const joined = layers.concatenate().apply([a, b])
    const net = model({ inputs: [a, b], outputs: [joined, layers.dense({ units: 2 }).apply(joined)] })
    const { predict } = await load((await exportJs(net)).text)
    const x = [new NdArray(Float32Array.of(1, 2, 3), [1, 3]), new NdArray(Float32Array.of(4, 5), [1, 2])]
    const expected = await net.predictAll(x)
    predict(x.map(({ data }) => data)).forEach((scores: Float32Array, i: number) => {
      expect([...scores]).toEqual(closeTo(expected[i].data))
    })
    expect(() => predict(x[0].data)).toThrow('predict takes a list of 2 inputs: a, b')
  })

  it('names what does not fit', async () => {
    await expect(exportJs(classifier(), { classes: ['cat'] })).rejects.toThrow(
      /classes must be 3 names.*received: \["cat"\]$/,
    )
    await expect(exportJs(classifier(), { divideBy: 0 })).rejects.toThrow(/divideBy must be a number > 0/)
  })

  it('goes into a page', async () => {
    const page = '<script type="module">\nimport { predict, info } from "./net.js"\nshow(info)\n</script>'
    expect(htmlPage(exported, page)).toBe(`<script type="module">\n${exported.text}\nshow(info)\n</script>`)
    expect(htmlPage(exported).match(/<\/script/g)).toHaveLength(1)
    expect(() => htmlPage(exported, '<p>')).toThrow(/the page needs a line import .* received: "<p>"$/)
    const numbers = await exportJs(sequential([input({ shape: [4] }), layers.dense({ units: 2 })]))
    expect(() => htmlPage(numbers)).toThrow(/needs a page of its own, received: \[\[4\]\]$/)
  })
})

describe('names of classes', () => {
  it('tells the names of classes that the model holds, unless others are given', async () => {
    const net = classifier()
    net.classNames = ['chat', 'chien', 'oiseau']
    const own = await exportJs(net)
    expect((await load(own.text)).info.classes).toEqual(['chat', 'chien', 'oiseau'])
    expect(htmlPage(own)).toContain('"chien"')
    expect((await load((await exportJs(net, { classes: ['a', 'b', 'c'] })).text)).info.classes).toEqual(['a', 'b', 'c'])
    net.classNames = ['too', 'few']
    expect((await load((await exportJs(net)).text)).info.classes).toBeNull()
  })
})

describe('a module where WebAssembly is refused', () => {
  it.each([
    [
      "Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive",
      "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src",
    ],
    ['Wasm SIMD unsupported', 'this browser or Node is too old: the model needs WebAssembly with SIMD'],
  ])('says what is needed (%s)', async (reason, message) => {
    const { text } = await exportJs(classifier())
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new WebAssembly.CompileError(reason))
    await expect(load(text)).rejects.toThrow(message)
    vi.restoreAllMocks()
  })
})
