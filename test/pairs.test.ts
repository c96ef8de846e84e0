/** @file Every public function that gives pictures, labels or a model with every one that takes such: what fits together works. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageFolder, loadImage, parseCifar10, parseIdx, shapes } from '../src/data/index.ts'
import { exportJs } from '../src/js/index.ts'
import {
  confusionMatrix,
  foldBatchNorm,
  input,
  layers,
  loadModel,
  type Model,
  modelFromJSON,
  NdArray,
  readNpy,
  readNpz,
  readSafetensors,
  sequential,
  setRandomSeed,
  withEntrance,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from '../src/node.ts'
import { exportOnnx, importOnnx } from '../src/onnx/index.ts'
import { encodePng } from '../src/report/png.ts'

const CLASSES = 2
const SIDE = 32
const quiet = { verbose: 0 } as const

let folder: string
let files: string[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'separable-pairs-'))
  files = ['a', 'b'].flatMap((name, label) => {
    mkdirSync(join(folder, 'pictures', name), { recursive: true })
    return [0, 1, 2].map((i) => {
      const path = join(folder, 'pictures', name, `${i}.png`)
      const bytes = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, k) => (k * 7 + label * 100 + i) % 256)
      writeFileSync(path, encodePng(new NdArray(bytes, [SIDE, SIDE, 3])))
      return path
    })
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

const bytes = (shape: number[]) =>
  new NdArray(
    Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 31) % 256),
    shape,
  )
const format = { imageSize: SIDE }

/** What gives pictures: [H,W,C] or [N,H,W,C]. */
const GIVERS: Record<string, () => Promise<NdArray> | NdArray> = {
  loadImage: () => loadImage(files[0], format),
  'loadImage, grey': () => loadImage(files[0], { ...format, colorMode: 'grayscale' }),
  imageFolder: async () => (await imageFolder(join(folder, 'pictures'), format)).train.x,
  shapes: async () => (await shapes({ trainImages: 4, testImages: 1 })).train.x,
  parseCifar10: () => parseCifar10(new Uint8Array(3073 * 2)).x,
  parseIdx: () =>
    parseIdx(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, SIDE, 0, 0, 0, SIDE, ...new Uint8Array(2 * SIDE * SIDE))),
  'a Buffer': () => new NdArray(Buffer.alloc(SIDE * SIDE * 3, 7), [1, SIDE, SIDE, 3]),
  'plain lists': () => NdArray.from(bytes([2, SIDE, SIDE, 3]).toArray() as number[]),
  readNpy: () => readNpy(writeNpy(bytes([2, SIDE, SIDE, 3]))),
  readNpz: () => readNpz(writeNpz(new Map([['x', bytes([2, SIDE, SIDE, 3])]]))).get('x') as NdArray,
  readSafetensors: () =>
    readSafetensors(writeSafetensors(new Map([['x', bytes([2, SIDE, SIDE, 3])]]))).arrays.get('x') as NdArray,
  'slice of a data set': async () => (await shapes({ trainImages: 4, testImages: 1 })).train.x.slice(1, 3),
  'predict of a network that makes pictures': async () => {
    const net = sequential([input({ shape: [SIDE, SIDE, 3] }), layers.conv2d({ filters: 3, kernelSize: 1 })])
    const made = await net.predict(bytes([2, SIDE, SIDE, 3]))
    await net.dispose()
    return made
  },
}

/** As many labels as there are pictures. */
function labelsFor({ shape }: NdArray): NdArray {
  const count = shape.length === 4 ? shape[0] : 1
  return new NdArray(
    Int32Array.from({ length: count }, (_, i) => i % CLASSES),
    [count],
  )
}

function classifier(shape: readonly number[]): Model {
  setRandomSeed(1)
  const net = sequential([
    input({ shape: [...shape] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 4 }),
    layers.batchNormalization(),
    layers.flatten(),
    layers.dense({ units: CLASSES, activation: 'softmax' }),
  ])
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
  return net
}

/** What takes pictures. */
const TAKERS: Record<string, (net: Model, x: NdArray, y: NdArray) => unknown> = {
  predict: (net, x) => net.predict(x),
  predictAll: (net, x) => net.predictAll(x),
  predictOnBatch: (net, x) => net.predictOnBatch(x),
  fit: (net, x, y) => net.fit(x, y, quiet),
  'fit with validationData': (net, x, y) => net.fit(x, y, { ...quiet, validationData: [x, y] }),
  fitDataset: (net, x, y) => net.fitDataset([[x, y]], quiet),
  evaluate: (net, x, y) => net.evaluate(x, y, quiet),
  evaluateDataset: (net, x, y) => net.evaluateDataset([[x, y]], quiet),
  trainOnBatch: (net, x, y) => net.trainOnBatch(x, y),
  testOnBatch: (net, x, y) => net.testOnBatch(x, y),
  profile: (net, x, y) => net.profile(x, y),
  'normalization.adapt': (_, x) => layers.normalization().adapt(x),
  confusionMatrix: async (net, x, y) => confusionMatrix(y, await net.predict(x), CLASSES),
  writeNpy: (_, x) => readNpy(writeNpy(x)),
  writeNpz: (_, x) => readNpz(writeNpz(new Map([['x', x]]))),
  writeSafetensors: (_, x) => readSafetensors(writeSafetensors(new Map([['x', x]]))),
  'dictionary by name': (net, x) => net.predict({ [net.inputs[0].source.layer.name]: x }),
  'list of one': (net, x) => net.predict([x]),
  'plain lists of it': (net, x) => net.predict(x.toArray() as number[]),
}

describe.each(Object.keys(GIVERS))('what %s gives', (giver) => {
  it('is taken by everything that takes pictures', async () => {
    const x = await GIVERS[giver]()
    const item = x.shape.length === 4 ? x.shape.slice(1) : giver === 'parseIdx' ? [...x.shape.slice(1), 1] : x.shape
    const pictures = giver === 'parseIdx' ? new NdArray(x.data, [...x.shape, 1]) : x
    const net = classifier(item)
    for (const [name, take] of Object.entries(TAKERS)) {
      const outcome = await Promise.resolve(take(net, pictures, labelsFor(pictures))).catch((error) => error)
      expect(outcome instanceof Error ? `${name}: ${outcome.stack}` : '').toBe('')
    }
    await net.dispose()
  })
})

/** What makes a model of a model. */
const WAYS: Record<string, (net: Model) => Promise<Model> | Model> = {
  'toBlob and loadModel': async (net) => loadModel(await net.toBlob()),
  'toBlob h5 and loadModel': async (net) => loadModel(await net.toBlob('h5')),
  'bytes and loadModel': async (net) => loadModel(new Uint8Array(await (await net.toBlob()).arrayBuffer())),
  'save and loadModel': async (net) => {
    const path = join(folder, 'net.keras')
    await net.save(path)
    return loadModel(path)
  },
  'toJSON, modelFromJSON and setWeights': (net) => {
    const copy = modelFromJSON(net.toJSON())
    copy.setWeights(net.getWeights())
    return copy
  },
  'toBlob safetensors and loadWeights': async (net) => {
    const copy = modelFromJSON(JSON.stringify(net.toJSON()))
    await copy.loadWeights(await net.toBlob('safetensors'))
    return copy
  },
  'exportOnnx and importOnnx': (net) => importOnnx(exportOnnx(net)),
  foldBatchNorm: (net) => foldBatchNorm(net),
  withEntrance: (net) => withEntrance(net, [layers.identity()]),
}

describe('a model that went', () => {
  const shape = [SIDE, SIDE, 3]

  it.each(Object.keys(WAYS))('by %s predicts the same, goes every way again and trains', async (name) => {
    const net = classifier(shape)
    const picture = await loadImage(files[0], format)
    const expected = Array.from((await net.predict(picture)).data, (value) => expect.closeTo(value, 4))
    const made = await WAYS[name](net)
    expect([...(await made.predict(picture)).data]).toEqual(expected)
    for (const [second, again] of Object.entries(WAYS)) {
      const twice = await again(made)
      expect({ second, data: [...(await twice.predict(picture)).data] }).toEqual({ second, data: expected })
      await twice.dispose()
    }
    made.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    expect((await made.fit(picture, [1], quiet)).history.loss).toHaveLength(1)
    await made.dispose()
    await net.dispose()
  })

  it.each(Object.keys(WAYS))('by %s leaves as JavaScript', async (name) => {
    const net = classifier(shape)
    const picture = await loadImage(files[0], format)
    const { data } = await net.predict(picture)
    const made = await WAYS[name](net)
    const { text } = await exportJs(made)
    const module = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)
    expect([...module.predict(picture.data)]).toEqual(Array.from(data, (value) => expect.closeTo(value, 4)))
    await made.dispose()
    await net.dispose()
  })
})
