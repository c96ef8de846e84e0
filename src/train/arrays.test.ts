/** @file Plain lists of numbers in the place of arrays, and one example in the place of many. */
import { beforeEach, describe, expect, it } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import { model } from './functional.ts'
import { sequential } from './sequential.ts'
import { classifier, points } from './testing.ts'

const quiet = { verbose: 0 } as const
const { x, y } = points(12)
const lists = { x: x.toArray() as number[][], y: y.toArray() as number[] }

function fresh() {
  setRandomSeed(0)
  resetNames()
  return classifier()
}

beforeEach(() => setEngineFactory(async () => new WasmEngine({ cores: 1 })))

describe('plain lists', () => {
  it('train, evaluate and predict as arrays do', async () => {
    const [a, b] = [fresh(), fresh()]
    const sampleWeight = lists.y.map((label) => 1 + label)
    const args = { ...quiet, seed: 1 }
    const weights = new NdArray(Float32Array.from(sampleWeight), [12])
    const wanted = await a.fit(x, y, { ...args, sampleWeight: weights, validationData: [x, y] })
    const found = await b.fit(lists.x, lists.y, { ...args, sampleWeight, validationData: [lists.x, lists.y] })
    expect(found.history).toEqual(wanted.history)
    expect(await b.fitDataset([[lists.x, lists.y]], quiet)).toEqual(await a.fitDataset([[x, y]], quiet))
    expect(await b.trainOnBatch(lists.x, lists.y, { sampleWeight })).toEqual(
      await a.trainOnBatch(x, y, { sampleWeight: weights }),
    )
    expect(await b.testOnBatch(lists.x, lists.y)).toEqual(await a.testOnBatch(x, y))
    expect(await b.evaluate(lists.x, lists.y, quiet)).toEqual(await a.evaluate(x, y, quiet))
    expect(await b.predict(lists.x)).toEqual(await a.predict(x))
    expect(await b.fit(lists.x, lists.y, { ...args, classWeight: { 1: 2 } })).toEqual(
      await a.fit(x, y, { ...args, classWeight: { 1: 2 } }),
    )
  })

  it('say the shape to a model that waits for it', async () => {
    const net = sequential([layers.dense({ units: 2 })])
    expect((await net.predict([[1, 2, 3]])).shape).toEqual([1, 2])
  })

  it('for several inputs and outputs, in lists and by name', async () => {
    const [left, right] = [input({ shape: [2], name: 'left' }), input({ shape: [1], name: 'right' })]
    const outputs = [
      layers.dense({ units: 1, name: 'a' }).apply(left),
      layers.dense({ units: 1, name: 'b' }).apply(right),
    ]
    const net = model({ inputs: [left, right], outputs })
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const x = { left: [[1, 2]], right: [[3]] }
    const y = { a: [[1]], b: [[2]] }
    expect(await net.testOnBatch([x.left, x.right], [y.a, y.b])).toEqual(await net.testOnBatch(x, y))
    await expect(net.predictAll([[1, 2]])).rejects.toThrow('predict: x must be 2 arrays, received: [[1, 2]]')
  })

  it.each([
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      /all rows must be equally long, 3 elements, received: \[4, 5\]$/,
    ],
    [[[1, 2, '3']], /elements must be numbers, received: "3"$/],
    [[], /x holds no examples, received: \[0\]$/],
    [
      new Float32Array(3),
      /x must be an NdArray, which new NdArray\(data, shape\) makes of numbers, received: Float32Array of 12 bytes$/,
    ],
    [undefined, /x must be an NdArray or lists of numbers, received: undefined$/],
    [{ x: [[1, 2, 3]] }, /x must hold an array for each of the inputs input_layer, received: \["x"\]$/],
  ])('%j is refused', async (given, message) => {
    await expect(fresh().predict(given as never)).rejects.toThrow(message)
  })
})

describe('one example without its first axis', () => {
  it('is a batch of one', async () => {
    const net = fresh()
    const whole = await net.predict(x)
    const one = new NdArray(x.data.slice(0, 3), [3])
    for (const given of [one, lists.x[0]]) expect(await net.predict(given)).toEqual(whole.slice(0, 1))
    expect(await net.testOnBatch(one, y.slice(0, 1))).toEqual(await net.testOnBatch(x.slice(0, 1), y.slice(0, 1)))
    await expect(net.fit(one, y, quiet)).rejects.toThrow('x and y must have equally many examples, received: [1, 12]')
  })

  it('pictures of another size name the option that fits them', async () => {
    const net = sequential([input({ shape: [8, 6, 3] }), layers.flatten(), layers.dense({ units: 2 })])
    await expect(net.predict(new NdArray(new Uint8Array(96 * 96 * 3), [96, 96, 3]))).rejects.toThrow(
      /takes \[null, 8, 6, 3\] \(loadImage and imageFolder take imageSize: \[8, 6\]\), received: \[96, 96, 3\]$/,
    )
  })
})

it('weights are taken as arrays, as typed arrays and as lists', () => {
  const net = fresh()
  const weights = net.getWeights()
  const other = fresh()
  other.setWeights(weights.map(({ data }) => data.map((value) => value + 1)))
  other.setWeights(weights.map(({ data }) => data))
  expect(other.getWeights()).toEqual(weights)
  other.setWeights(weights.map((array) => array.toArray() as number[]))
  expect(other.getWeights()).toEqual(weights)
  for (const wrong of [
    undefined,
    null,
    7,
    {},
    [1],
    [...weights.slice(1), undefined],
    weights.map(() => new Float32Array(1)),
  ])
    expect(() => other.setWeights(wrong as never)).toThrow(expect.objectContaining({ name: 'SeparableError' }))
})
