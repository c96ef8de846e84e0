/** @file Networks in networks: names, training, shared weights, frozen parts, files. */
import { beforeEach, describe, expect, it } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { Random } from '../base/random.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import { model } from './functional.ts'
import { loadModel } from './load.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'
import { ENGINES } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new WasmEngine({ cores: 1 }))
  resetNames()
})

function numbers(shape: readonly number[], seed: number): NdArray<Float32Array<ArrayBuffer>> {
  const random = new Random(seed)
  return new NdArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  )
}

const x = numbers([4, 6, 6, 2], 1)
const y = new NdArray(Int32Array.of(0, 1, 1, 0), [4])

/** Its layers have the same names whatever its own is. */
function backbone(name: string): Model {
  const visible = input({ shape: [6, 6, 2] })
  const norm = layers.batchNormalization({ name: 'bn' })
  const outputs = norm.apply(layers.conv2d({ filters: 3, kernelSize: 3, name: 'conv' }).apply(visible))
  return model({ inputs: visible, outputs, name })
}

const head = () => [layers.flatten(), layers.dense({ units: 2, activation: 'softmax', name: 'head' })]

/** Two networks of equal layers, side by side. */
function twins(): Model {
  const visible = input({ shape: [6, 6, 2] })
  const sum = layers.add().apply([backbone('left').apply(visible), backbone('right').apply(visible)])
  return model({ inputs: visible, outputs: sequential(head(), { name: 'top' }).apply(sum), name: 'twins' })
}

function compiled(net: Model): Model {
  net.compile({
    optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
    loss: 'sparseCategoricalCrossentropy',
  })
  return net
}

describe('two networks whose layers have the same names', () => {
  const PARTS = ['conv/kernel', 'conv/bias', 'bn/gamma', 'bn/beta', 'bn/moving_mean', 'bn/moving_variance']

  it('have weights of their own, with paths of their own', () => {
    expect([...twins().namedWeights.keys()]).toEqual([
      ...PARTS.map((path) => `left/${path}`),
      ...PARTS.map((path) => `right/${path}`),
      ...['top/head/kernel', 'top/head/bias'],
    ])
  })

  it.each(ENGINES)('learn apart from each other: %s', async (_, make) => {
    setEngineFactory(make)
    const net = compiled(twins())
    const before = net.getWeights()
    await net.trainOnBatch(x, y)
    await net.trainOnBatch(x, y)
    const [left, right] = ['left', 'right'].map((name) => net.getLayer(name).getWeights())
    net.getWeights().forEach(({ data }, i) => {
      if (net.weights[i].path !== 'conv/bias') expect(data).not.toEqual(before[i].data) // a normalisation follows
    })
    expect(left[0].data).not.toEqual(right[0].data)
    await net.dispose()
  })

  it.each(['keras', 'h5'] as const)('come back from files, and go on learning as before: %s', async (format) => {
    const net = compiled(twins())
    await net.trainOnBatch(x, y)
    const copy = await loadModel(await net.toBlob(format))
    expect([...copy.namedWeights.keys()]).toEqual([...net.namedWeights.keys()])
    for (const each of [net, copy]) await each.trainOnBatch(x, y)
    expect(copy.getWeights()).toEqual(net.getWeights())
    for (const each of [net, copy]) await each.dispose()
  })

  it.each(['weights.h5', 'safetensors', 'npz'] as const)('have weights that files tell apart: %s', async (format) => {
    const [net, other] = [twins(), twins()]
    await other.loadWeights(await net.toBlob(format))
    expect(other.getWeights()).toEqual(net.getWeights())
  })
})

describe('a network that is used twice', () => {
  /** A head on tower(a) + tower(b). */
  function siamese(tower: Model): Model {
    const [a, b] = ['a', 'b'].map((name) => input({ shape: [6, 6, 2], name }))
    const sum = layers.add().apply([tower.apply(a), tower.apply(b)])
    return model({ inputs: [a, b], outputs: head().reduce((value, layer) => layer.apply(value), sum), name: 'siamese' })
  }

  const plain = () => {
    const visible = input({ shape: [6, 6, 2] })
    return model({
      inputs: visible,
      outputs: layers.conv2d({ filters: 3, kernelSize: 3 }).apply(visible),
      name: 'tower',
    })
  }

  it('counts once, and shows both uses', () => {
    const net = siamese(backbone('tower'))
    expect(net.countParams()).toBe(57 + 12 + 98)
    expect(net.describe().layers.find(({ name }) => name === 'tower')?.connectedTo).toEqual(['a[0][0]', 'b[0][0]'])
    expect(net.describe().layers.find(({ name }) => name === 'add')?.connectedTo).toEqual([
      'tower[0][0]',
      'tower[1][0]',
    ])
  })

  it.each(ENGINES)('gets the gradients of both uses: %s', async (_, make) => {
    setEngineFactory(make)
    const twice = compiled(siamese(plain()))
    const doubled = compiled(
      sequential([input({ shape: [6, 6, 2] }), plain(), layers.rescaling({ scale: 2 }), ...head()]),
    )
    doubled.setWeights(twice.getWeights())
    await twice.trainOnBatch({ a: x, b: x }, y)
    await doubled.trainOnBatch(x, y)
    const expected = doubled.getWeights()
    twice.getWeights().forEach(({ data }, i) => {
      data.forEach((value, k) => {
        expect(value).toBeCloseTo(expected[i].data[k], 5)
      })
    })
    for (const net of [twice, doubled]) await net.dispose()
  })

  it.each(ENGINES)('moves the averages of its batch normalisations once for each use: %s', async (_, make) => {
    setEngineFactory(make)
    const visible = input({ shape: [6, 6, 2] })
    const norm = layers.batchNormalization({ momentum: 0.75 })
    const net = compiled(siamese(model({ inputs: visible, outputs: norm.apply(visible), name: 'tower' })))
    const z = numbers(x.shape, 2)
    await net.trainOnBatch({ a: x, b: z }, y)
    await net.dispose()
    const channel = ({ data }: NdArray) => data.filter((_, i) => i % 2 === 0)
    const mean = (data: ArrayLike<number>) => Array.from(data).reduce((sum, value) => sum + value, 0) / data.length
    const variance = (data: ArrayLike<number>) => mean(Array.from(data, (value) => (value - mean(data)) ** 2))
    const [first, second] = [channel(x), channel(z)]
    const followed = (start: number, a: number, b: number) => (start * 0.75 + a * 0.25) * 0.75 + b * 0.25
    const [, , movingMean, movingVariance] = norm.getWeights()
    expect(movingMean.data[0]).toBeCloseTo(followed(0, mean(first), mean(second)), 5)
    expect(movingVariance.data[0]).toBeCloseTo(followed(1, variance(first), variance(second)), 5)
  })

  it('comes back from a file as one', async () => {
    const net = siamese(backbone('tower'))
    const copy = await loadModel(await net.toBlob('keras'))
    expect(copy.countParams()).toBe(net.countParams())
    expect(await copy.predict([x, x])).toEqual(await net.predict([x, x]))
    for (const each of [net, copy]) await each.dispose()
  })
})

describe('a frozen network inside another', () => {
  it.each(['keras', 'h5'] as const)(
    'keeps its weights and averages, and stays frozen in a file: %s',
    async (format) => {
      const base = backbone('base')
      base.trainable = false
      const net = compiled(sequential([input({ shape: [6, 6, 2] }), base, ...head()]))
      expect(net.describe().totals).toMatchObject({ trainable: 98, nonTrainable: 57 + 12 })
      const before = base.getWeights()
      await net.trainOnBatch(x, y)
      expect(base.getWeights()).toEqual(before)
      const copy = await loadModel(await net.toBlob(format))
      expect(copy.getLayer('base').trainable).toBe(false)
      expect(copy.describe().totals).toEqual(net.describe().totals)
      expect(await copy.predict(x)).toEqual(await net.predict(x))
      for (const each of [net, copy]) await each.dispose()
    },
  )

  it('is the same network as outside: what either learns, both know', async () => {
    const base = compiled(
      sequential([input({ shape: [6, 6, 2] }), layers.conv2d({ filters: 2, kernelSize: 5 }), ...head()]),
    )
    await base.trainOnBatch(x, y)
    const outer = compiled(sequential([input({ shape: [6, 6, 2] }), base]))
    expect((await outer.predict(x)).data).toEqual((await base.predict(x)).data)
    await outer.trainOnBatch(x, y)
    expect((await base.predict(x)).data).toEqual((await outer.predict(x)).data)
    for (const each of [base, outer]) await each.dispose()
  })
})

describe('a network of two outputs inside another', () => {
  function two(): Model {
    const visible = input({ shape: [6, 6, 2] })
    const pictures = layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', name: 'conv' }).apply(visible)
    return model({ inputs: visible, outputs: [pictures, layers.globalAveragePooling2d().apply(pictures)], name: 'two' })
  }

  function outer(): Model {
    const visible = input({ shape: [6, 6, 2], name: 'visible' })
    const [pictures, means] = two().applyAll(visible)
    const joined = layers.concatenate().apply([layers.globalMaxPooling2d().apply(pictures), means])
    const outputs = layers.dense({ units: 2, activation: 'softmax', name: 'head' }).apply(joined)
    return model({ inputs: visible, outputs, name: 'outer' })
  }

  it('has both in the summary, as Keras has', () => {
    const text = outer().summary({ print: false })
    expect(text).toContain(
      '│ two (Functional)              │ [(None, 4, 4, 3), (None,  │              57 │ visible[0][0] ',
    )
    expect(text).toContain('│ global_max_pooling2d          │ (None, 3)                 │               0 │ two[0][0] ')
    expect(text).toContain('two[0][1]')
  })

  it.each(['keras', 'h5'] as const)('computes what its layers compute, in a file too: %s', async (format) => {
    const net = compiled(outer())
    const [kernel, bias] = net.getLayer('two').getWeights()
    const flat = sequential([
      input({ shape: [6, 6, 2] }),
      layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }),
    ])
    flat.setWeights([kernel, bias])
    const pictures = await flat.predict(x)
    const inner = model({ inputs: net.inputs, outputs: net.getLayer('head').output.source.inputs })
    const joined = await inner.predict(x)
    for (let image = 0; image < 4; image++)
      for (let channel = 0; channel < 3; channel++) {
        const pixels = Array.from({ length: 16 }, (_, i) => pictures.data[(image * 16 + i) * 3 + channel])
        expect(joined.data[image * 6 + channel]).toBe(Math.max(...pixels))
        expect(joined.data[image * 6 + 3 + channel]).toBeCloseTo(pixels.reduce((a, b) => a + b) / 16, 5)
      }
    await net.trainOnBatch(x, y)
    const copy = await loadModel(await net.toBlob(format))
    expect(await copy.predict(x)).toEqual(await net.predict(x))
    for (const each of [net, copy, flat, inner]) await each.dispose()
  })

  it('gives them names where they are outputs again, and refuses what knows one', async () => {
    const visible = input({ shape: [6, 6, 2] })
    const net = model({ inputs: visible, outputs: two().applyAll(visible) })
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const targets = { two: numbers([4, 4, 4, 3], 3), two_1: numbers([4, 3], 4) }
    expect(Object.keys(await net.trainOnBatch(x, targets))).toEqual(expect.arrayContaining(['two_loss', 'two_1_loss']))
    const copy = await loadModel(await net.toBlob('keras'))
    expect(await copy.predictAll(x)).toEqual(await net.predictAll(x))
    expect(() => two().apply(visible)).toThrow('two (Functional): apply knows one output, take applyAll, received: 2')
    for (const each of [net, copy]) await each.dispose()
  })
})
