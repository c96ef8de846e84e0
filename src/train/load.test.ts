/** @file Model files: those that Keras wrote, and our own there and back. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { Random } from '../base/random.ts'
import { mutateJson, outcomeOf } from '../formats/fuzz-testing.ts'
import { readKerasArchive } from '../formats/keras/archive.ts'
import { readZip, writeZip } from '../formats/zip.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import type { Tensor } from '../nn/trace.ts'
import type { FileFormat } from '../saving/write.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory, setScreen } from './environment.ts'
import { model } from './functional.ts'
import { loadModel, modelFromJSON } from './load.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'

const golden = (ending: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/golden/keras-3.15.1.${ending}`, import.meta.url)))
const warnings: string[] = []

beforeAll(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
  const quiet = () => {}
  setScreen({
    interactive: false,
    columns: 80,
    color: false,
    print: quiet,
    draw: quiet,
    endDrawing: quiet,
    warn: (line) => warnings.push(line),
  })
})

function pictures(shape: readonly number[], seed = 1): NdArray {
  const random = new Random(seed)
  const size = shape.reduce((a, b) => a * b, 1)
  return new NdArray(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  )
}

const labels = new NdArray(Int32Array.of(3, 1, 4, 1), [4])
const x = pictures([4, 8, 8, 3])

/** The model as it is read from what it writes. */
async function thereAndBack(net: Model, format: FileFormat): Promise<Model> {
  return loadModel(await net.toBlob(format))
}

describe('files of Keras 3.15.1', () => {
  it.each(['keras', 'h5'])('%s: layers, weights, how it was compiled', async (ending) => {
    const net = await loadModel(golden(ending))
    expect(net.layers.map(({ name }) => name)).toEqual([
      ...['separable_conv2d_1', 'batch_normalization', 'depthwise_conv2d_1', 'conv2d_2', 'separable_conv2d_2'],
      ...['global_average_pooling2d', 'dropout', 'dense'],
    ])
    expect([net.countParams(), net.optimizer.className, net.optimizer.learningRate]).toEqual([
      342,
      'Adam',
      Math.fround(0.001),
    ])
    expect(net.optimizer.built).toBe(true)
    expect(await net.evaluate(x, labels, { returnDict: true, verbose: 0 })).toEqual({
      loss: expect.any(Number),
      accuracy: expect.any(Number),
    })
    await net.dispose()
  })

  it('both hold the same weights, in the same places', async () => {
    const [a, b] = [await loadModel(golden('keras')), await loadModel(golden('h5'))]
    expect(a.getWeights()).toEqual(b.getWeights())
    const kernel = a.getLayer('depthwise_conv2d_1').getWeights()[0]
    expect(kernel).toEqual(
      readKerasArchive(golden('keras'), 'x').weights.dataset('layers/depthwise_conv2d/vars/0')?.read(),
    )
  })

  it('are written again with the same config, arrays and attributes', async () => {
    const net = await loadModel(golden('keras'))
    const [before, after] = [golden('keras'), new Uint8Array(await (await net.toBlob()).arrayBuffer())].map((bytes) =>
      readKerasArchive(bytes, 'x'),
    )
    const groups = [
      'layers/conv2d/vars',
      'layers/separable_conv2d_1/vars',
      'layers/dropout/vars',
      'optimizer/vars',
      'vars',
    ]
    for (const path of groups) {
      const [a, b] = [before, after].map(({ weights }) => weights.group(path))
      expect([...(b?.children.keys() ?? [])]).toEqual([...(a?.children.keys() ?? [])])
      expect(b?.attribute('name')).toBe(a?.attribute('name'))
    }
    const conv = (archive: typeof before) => JSON.parse(JSON.stringify(archive.config)).config.layers[4]
    const { dtype, kernel_initializer: kernel, ...ours } = conv(after).config
    expect(conv(before).config).toMatchObject(ours)
    expect([dtype, kernel.class_name, kernel.module]).toEqual(['float32', 'GlorotUniform', 'keras.initializers'])
    expect({ ...conv(after), config: 0 }).toEqual({ ...conv(before), config: 0 })
  })
})

it('a model that Keras did not compile, whose file has an empty compile_config, is not compiled either, without a word', async () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 2 })])
  const files = readZip(new Uint8Array(await (await net.toBlob('keras')).arrayBuffer()), 'net.keras')
  const config = JSON.stringify({ ...net.toJSON(), compile_config: {} })
  const count = warnings.length
  const copy = await loadModel(writeZip(new Map([...files, ['config.json', new TextEncoder().encode(config)]])))
  expect(warnings.slice(count)).toEqual([])
  expect(() => copy.optimizer).toThrow('compile')
})

describe('damaged configs', () => {
  it('are read or refused in one clear line', async () => {
    const { config } = readKerasArchive(golden('keras'), 'x')
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 120; seed++)
      outcomes.add(await outcomeOf(seed, () => modelFromJSON(mutateJson(config, seed) as object)))
    expect(outcomes).toEqual(new Set(['read', 'refused']))
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('there and back', () => {
  it.each(['keras', 'h5'] as const)('%s: the same predictions, the same next step', async (format) => {
    setRandomSeed(1)
    const net = await loadModel(golden(format))
    await net.trainOnBatch(x, labels)
    await net.trainOnBatch(x, labels)
    setRandomSeed(2) // the seeds of dropout come from the file
    const copy = await thereAndBack(net, format)
    expect(copy.optimizer.iterations).toBe(2)
    expect(await copy.predict(x)).toEqual(await net.predict(x))
    expect(await copy.trainOnBatch(x, labels)).toEqual(await net.trainOnBatch(x, labels))
    expect(copy.getWeights()).toEqual(net.getWeights())
    await Promise.all([net.dispose(), copy.dispose()])
  })

  it.each([
    ['hello\n', /^the file is not a .keras or .h5 file: its kind is not known; .* received: "hello\\n"$/],
    ['', /^the file is empty: get or save it again, received: 0 bytes$/],
    [
      '{"class_name"',
      /^the file is not a .keras or .h5 file: it is JSON; the text of .* for modelFromJSON, received: "{\\"class_"$/,
    ],
    ['\u0001\u0002', /^the file is not a .keras or .h5 file: its kind is not known; .* received: "01 02"$/],
  ])('what is no model is shown as it begins: %j', async (text, message) => {
    await expect(loadModel(new TextEncoder().encode(text))).rejects.toThrow(message)
  })

  it.each(['weights.h5', 'safetensors', 'npz'] as const)('weights alone are told from models: .%s', async (format) => {
    const net = sequential([input({ shape: [4] }), layers.dense({ units: 2 })])
    await expect(loadModel(await net.toBlob(format))).rejects.toThrow(
      /holds weights and no model: make the model and use/,
    )
  })

  it('what Keras does not know of a layer stands beside its config', async () => {
    const crop = layers.randomCrop({ height: 8, width: 8, zeroPadding: [1, 2] })
    const net = sequential([input({ shape: [8, 8, 3] }), crop, layers.flatten()])
    const [, { config, separable }] = (net.toJSON().config as { layers: { config: object; separable: object }[] })
      .layers
    expect([Object.keys(config), separable]).toEqual([
      ['name', 'trainable', 'dtype', 'height', 'width', 'seed'],
      { zero_padding: [1, 2] },
    ])
    for (const format of ['keras', 'h5'] as const)
      expect((await thereAndBack(net, format)).layers[0].getConfig()).toEqual(crop.getConfig())
  })

  it('shared layers, several inputs, nested networks', async () => {
    const block = sequential([input({ shape: [4] }), layers.dense({ units: 4, activation: 'tanh' })], { name: 'block' })
    const [a, b] = [input({ shape: [4], name: 'a' }), input({ shape: [4], name: 'b' })]
    const shared = layers.dense({ units: 4, name: 'shared' })
    const net = model({ inputs: [a, b], outputs: [shared.apply(block.apply(a)), shared.apply(shared.apply(b))] })
    const copy = await thereAndBack(net, 'keras')
    expect(copy.getWeights()).toEqual(net.getWeights())
    expect(copy.toJSON()).toEqual(net.toJSON())
    expect((await thereAndBack(net, 'h5')).getWeights()).toEqual(net.getWeights())
  })

  it('a layer of your own', async () => {
    class Twice extends layers.Layer {
      first = layers.dense({ units: 4 })
      more = [layers.dense({ units: 3 }), layers.dense({ units: 2 })]
      override call(x: Tensor) {
        let y = this.first.apply(x)
        for (const layer of this.more) y = layer.apply(y)
        return y
      }
    }
    const net = sequential([input({ shape: [4] }), new Twice()])
    const file = await net.toBlob()
    await expect(loadModel(file)).rejects.toThrow(/twice \(Twice\): is a Python class of its own/)
    expect((await loadModel(file, { custom: [Twice] })).getWeights()).toEqual(net.getWeights())
  })

  it.each(['weights.h5', 'safetensors', 'npz'] as const)('%s: weights alone', async (format) => {
    const net = await loadModel(golden('keras'))
    const changed = net.getWeights().map(
      ({ data, shape }) =>
        new NdArray(
          data.map((value) => value + 1),
          shape,
        ),
    )
    const blob = await net.toBlob(format)
    const before = net.getWeights()
    net.setWeights(changed)
    await net.loadWeights(blob)
    expect(net.getWeights()).toEqual(before)
    await expect(sequential([input({ shape: [2] }), layers.dense({ units: 1 })]).loadWeights(blob)).rejects.toThrow(
      expect.objectContaining({ code: 'data' }),
    )
  })

  it('a model from JSON is the same with new weights', () => {
    const net = sequential([
      input({ shape: [8, 8, 3] }),
      layers.separableConv2d({ filters: 2, kernelSize: 3 }),
      layers.flatten(),
    ])
    const copy = modelFromJSON(JSON.stringify(net))
    expect(copy.toJSON()).toEqual(net.toJSON())
    expect(copy.countParams()).toBe(net.countParams())
  })
})

describe('names of classes', () => {
  const classifier = () => sequential([input({ shape: [2] }), layers.dense({ units: 2, name: 'scores' })])

  it('go with a model file, whatever they are', async () => {
    const net = classifier()
    expect((await thereAndBack(net, 'keras')).classNames).toBeUndefined()
    net.classNames = ['<cat>', '__proto__']
    expect((await thereAndBack(net, 'keras')).classNames).toEqual(['<cat>', '__proto__'])
    expect((await thereAndBack(net, 'h5')).classNames).toEqual(['<cat>', '__proto__'])
  })

  it.each(['keras', 'h5', 'weights.h5', 'safetensors'] as const)(
    'come with weights from a .%s file',
    async (format) => {
      const net = classifier()
      net.classNames = ['cat', 'dog']
      const file = await net.toBlob(format)
      const other = classifier()
      await other.loadWeights(file)
      expect(other.classNames).toEqual(['cat', 'dog'])
      const named = classifier()
      named.classNames = ['chat', 'chien']
      await named.loadWeights(file)
      expect(named.classNames).toEqual(['chat', 'chien'])
    },
  )

  it.each([[{ 0: 'cat' }], ['cat'], [['cat', 1]], [null]])('are not there when a file says %j', async (names) => {
    const net = classifier()
    net.classNames = ['cat', 'dog']
    const files = readZip(new Uint8Array(await (await net.toBlob('keras')).arrayBuffer()), 'net.keras')
    const metadata = JSON.stringify({ keras_version: '3.15.1', class_names: names })
    const file = writeZip(new Map([...files, ['metadata.json', new TextEncoder().encode(metadata)]]))
    expect((await loadModel(file)).classNames).toBeUndefined()
  })
})
