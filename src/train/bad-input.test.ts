/** @file Tests of what training says about bad input and about losses that are not finite. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import type { FitArgs } from './model.ts'
import { sequential } from './sequential.ts'
import { classifier, points } from './testing.ts'

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(0)
  resetNames()
})

describe('bad input', () => {
  const { x, y } = points(6)
  const tryFit = (args: FitArgs, data: { x?: NdArray; y?: NdArray } = {}) =>
    classifier().fit(data.x ?? x, data.y ?? y, { verbose: 0, ...args })

  it.each([
    [{ epochs: 0 }, {}, 'fit: epochs must be an integer >= 1 and <= 1000000000, received: 0'],
    [{ batchSize: 0 }, {}, 'fit: batchSize must be an integer >= 1 and <= 1000000000, received: 0'],
    [{ batchSize: 2e9 }, {}, 'fit: batchSize must be an integer >= 1 and <= 1000000000, received: 2000000000'],
    [{ validationSplit: 0.95 }, {}, 'fit: validationSplit of 6 examples leaves one side empty, received: 0.95'],
    [{ epoch: 3 }, {}, 'fit: unknown argument, did you mean "epochs"?'],
    [{}, { y: new NdArray(new Int32Array(5), [5]) }, 'fit: x and y must have equally many examples, received: [6, 5]'],
    [{}, { x: new NdArray(new Float32Array(24), [6, 4]) }, 'fit: input_layer takes [null, 3], received: [6, 4]'],
    [{}, { x: new NdArray(new Float32Array(0), [0, 3]) }, 'fit: x holds no examples, received: [0, 3]'],
    [{}, { x: 'pictures' }, 'fit: x must be an NdArray or lists of numbers, received: "pictures"'],
    [
      {},
      { y: new NdArray(Int32Array.of(0, 1, 0, 2, 0, 0), [6]) },
      'fit: label 3 of y must be a class number from 0 to 1, as dense_1 has 2 outputs, received: 2',
    ],
    [
      {},
      { y: new NdArray(new Float32Array(18), [6, 3]) },
      'fit: y must be class numbers [N] or [N, 1], or [N, 2], received: [6, 3]',
    ],
  ])('%j', async (args, data, message) => {
    await expect(tryFit(args as FitArgs, data as { x?: NdArray })).rejects.toThrow(message)
  })

  it('a model that was not compiled', async () => {
    const net = sequential([input({ shape: [3] }), layers.dense({ units: 2 })])
    await expect(net.fit(x, y)).rejects.toThrow('fit: sequential must be compiled first')
  })
})

describe('a loss that is not finite', () => {
  it('names the first layer that went wrong', async () => {
    const { x, y } = points(20)
    const net = classifier()
    const weights = net.getWeights()
    weights[0].data.fill(Number.NaN)
    net.setWeights(weights)
    await expect(net.fit(x, y, { verbose: 0 })).rejects.toThrow(
      /^fit: the loss is not finite at epoch 1, step 1: the first layer whose output is not finite is dense; .*received: NaN$/,
    )
    await net.dispose()
  })

  it('finds the layer behind healthy ones, and leaves their weights usable', async () => {
    const { x, y } = points(8)
    const net = classifier()
    const weights = net.getWeights()
    weights[3].data[0] = Number.POSITIVE_INFINITY
    net.setWeights(weights)
    await expect(net.fit(x, y, { verbose: 0 })).rejects.toThrow('the first layer whose output is not finite is dense_1')
    const finite = net
      .getWeights()
      .slice(0, 3)
      .every(({ data }) => data.every(Number.isFinite))
    expect(finite).toBe(true)
    await net.dispose()
  })

  it('keeps the weights from before the bad step, and names the layer that overflowed in it', async () => {
    setEngineFactory(async () => new WasmEngine({ cores: 1 }))
    const { x, y } = points(20)
    const net = sequential([
      input({ shape: [3] }),
      layers.dense({ units: 4, activation: 'relu' }),
      layers.dense({ units: 4, activation: 'relu' }),
      layers.dense({ units: 2, activation: 'softmax' }),
    ])
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1e18 }), loss: 'sparseCategoricalCrossentropy' })
    await expect(net.fit(x, y, { verbose: 0, batchSize: 5 })).rejects.toThrow(
      /^fit: the loss is not finite at epoch 1, step 2: the first layer whose output is not finite is dense_2; /,
    )
    expect(net.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true)
    await net.dispose()
  })

  it('blames the data when they are to blame', async () => {
    const { x, y } = points(20)
    x.data[40] = Number.NaN
    const net = classifier()
    const run = net.fit(x, y, { verbose: 0, batchSize: 5, shuffle: false })
    await expect(run).rejects.toThrow('epoch 1, step 3: the data for input_layer are not finite')
    await net.dispose()
  })
})
