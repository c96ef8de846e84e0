/** @file Folding of batch normalisations: equal predictions, fewer layers, and what must stay as it is. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { Random } from '../base/random.ts'
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { NdArray, type Shape, sizeOf } from '../tensor/ndarray.ts'
import { setEngineFactory } from '../train/environment.ts'
import { model } from '../train/functional.ts'
import type { Model } from '../train/model.ts'
import { sequential } from '../train/sequential.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'

beforeEach(() => setEngineFactory(async () => new ReferenceEngine()))

const picture = { shape: [4, 3, 2] }

function random(shape: Shape, seed: number): NdArray<Float32Array<ArrayBuffer>> {
  const values = new Random(seed, 'fold')
  return new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, () => 0.25 + values.uniform()),
    shape,
  )
}

/** Gives every weight a value of its own, all positive. */
function fill(net: Model): Model {
  net.setWeights(net.weights.map(({ shape }, i) => random(shape, i)))
  return net
}

/** The names of the folded model's layers, after a check that both predict the same. */
async function folded(net: Model): Promise<string[]> {
  const before = fill(net).getWeights()
  const result = foldBatchNorm(net)
  const x = random([3, ...(net.inputs[0].shape.slice(1) as Shape)], 100)
  const [expected, actual] = [await net.predict(x), await result.predict(x)]
  actual.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected.data[i], 4)
  })
  expect(net.getWeights()).toEqual(before)
  return result.layers.map(({ className }) => className)
}

describe('foldBatchNorm', () => {
  const norm = () => layers.batchNormalization()
  const same = { padding: 'same' } as const

  it.each<[string, Layer, SymbolicTensor]>([
    ['Conv2D', layers.conv2d({ filters: 3, kernelSize: 2 }), input(picture)],
    ['Conv2D', layers.conv2d({ filters: 3, kernelSize: 1, useBias: false, activation: null }), input(picture)],
    ['DepthwiseConv2D', layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), input(picture)],
    ['SeparableConv2D', layers.separableConv2d({ filters: 3, kernelSize: 2, ...same }), input(picture)],
    ['Dense', layers.dense({ units: 4 }), input({ shape: [5] })],
  ])('makes one layer of %s and its normalisation', async (name, layer, entrance) => {
    expect(await folded(sequential([entrance, layer, norm()]))).toEqual(['InputLayer', name])
  })

  it('leaves out gamma and beta where there are none', async () => {
    const plain = layers.batchNormalization({ center: false, scale: false, epsilon: 0.5 })
    expect(await folded(sequential([input({ shape: [5] }), layers.dense({ units: 4 }), plain]))).toHaveLength(2)
  })

  it('keeps normalisations after an activation, or after anything else', async () => {
    const relu = layers.dense({ units: 4, activation: 'relu' })
    const stack = [input({ shape: [5] }), norm(), relu, norm()]
    const kept = ['InputLayer', 'BatchNormalization', 'Dense', 'BatchNormalization']
    expect(await folded(sequential(stack))).toEqual(kept)
  })

  it('keeps a normalisation whose input is read elsewhere too, or that is shared', async () => {
    const visible = input({ shape: [5] })
    const read = layers.dense({ units: 5 }).apply(visible)
    const shared = norm()
    const before = shared.apply(layers.dense({ units: 5 }).apply(norm().apply(read)))
    const outputs = [read, shared.apply(before)]
    const classes = foldBatchNorm(model({ inputs: visible, outputs })).layers.map(({ className }) => className)
    expect(classes.filter((name) => name === 'BatchNormalization')).toHaveLength(2)
  })

  it('goes into nested models, and copies them', async () => {
    const block = sequential([input(picture), layers.conv2d({ filters: 2, kernelSize: 3, ...same }), norm()])
    const result = foldBatchNorm(fill(sequential([input(picture), block, layers.flatten()])))
    expect(result.weights.map(({ name }) => name)).toEqual(['kernel', 'bias'])
    expect(await folded(sequential([input(picture), block, layers.flatten()]))).toHaveLength(3)
  })
})

it('keeps the names of classes', () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 2 })])
  net.classNames = ['cat', 'dog']
  expect(foldBatchNorm(net).classNames).toEqual(['cat', 'dog'])
})
