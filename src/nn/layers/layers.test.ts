/** @file One generic check for every layer: config, shapes, weights, a training step, and independence of the batch's cut. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../backends/engine.ts'
import { ReferenceEngine } from '../../backends/reference/reference-engine.ts'
import { WasmEngine } from '../../backends/wasm/wasm-engine.ts'
import { Random } from '../../base/random.ts'
import { NdArray, type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { setEngineFactory } from '../../train/environment.ts'
import { model } from '../../train/functional.ts'
import type { Layer } from '../layer.ts'
import { resetNames } from '../names.ts'
import { setRandomSeed } from '../random-state.ts'
import { LAYER_CLASSES, layerFromConfig, layers } from './index.ts'
import { input } from './input.ts'

interface LayerCheck {
  /** Makes the layer. */
  readonly make: () => Layer
  /** The shape of one input and of its result, without the batch. */
  readonly input: Shape
  readonly output: Shape
  /** Numbers of elements of the trainable and the other weights. */
  readonly params: readonly [trainable: number, others: number]
}

const CHECKS: readonly LayerCheck[] = [
  {
    make: () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    input: [5, 6, 3],
    output: [3, 3, 4],
    params: [3 * 3 * 3 * 4 + 4, 0],
  },
  {
    make: () => layers.conv2d({ filters: 5, kernelSize: 1, kernelInitializer: 'heNormal' }),
    input: [3, 3, 2],
    output: [3, 3, 5],
    params: [2 * 5 + 5, 0],
  },
  {
    make: () => layers.depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 2, activation: 'tanh' }),
    input: [5, 5, 3],
    output: [3, 4, 6],
    params: [3 * 2 * 3 * 2 + 6, 0],
  },
  {
    make: () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, dilationRate: 2 }),
    input: [6, 6, 3],
    output: [2, 2, 4],
    params: [3 * 3 * 3 * 2 + 6 * 4 + 4, 0],
  },
  { make: () => layers.dense({ units: 4, activation: 'sigmoid' }), input: [6], output: [4], params: [28, 0] },
  { make: () => layers.dense({ units: 4, useBias: false }), input: [2, 6], output: [2, 4], params: [24, 0] },
  { make: () => layers.maxPooling2d({ poolSize: 3, strides: 2 }), input: [6, 7, 2], output: [2, 3, 2], params: [0, 0] },
  { make: () => layers.averagePooling2d({ padding: 'same' }), input: [5, 5, 2], output: [3, 3, 2], params: [0, 0] },
  { make: () => layers.globalAveragePooling2d(), input: [3, 4, 2], output: [2], params: [0, 0] },
  {
    make: () => layers.globalAveragePooling2d({ keepdims: true }),
    input: [3, 4, 2],
    output: [1, 1, 2],
    params: [0, 0],
  },
  { make: () => layers.flatten(), input: [2, 3, 2], output: [12], params: [0, 0] },
  { make: () => layers.activation({ activation: 'softmax' }), input: [5], output: [5], params: [0, 0] },
  { make: () => layers.dropout({ rate: 0.25 }), input: [4, 2], output: [4, 2], params: [0, 0] },
  { make: () => layers.rescaling({ scale: 1 / 127.5, offset: -1 }), input: [3], output: [3], params: [0, 0] },
  { make: () => layers.batchNormalization({ momentum: 0.9 }), input: [3, 2, 4], output: [3, 2, 4], params: [8, 8] },
  { make: () => layers.batchNormalization({ scale: false }), input: [5], output: [5], params: [5, 10] },
]

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(1)
  resetNames()
})

function someData(shape: Shape): NdArray<Float32Array> {
  const random = new Random(3)
  return new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )
}

/** A training step and what is predicted after it. */
async function stepOn(engine: Engine, { make, input: shape, output }: LayerCheck) {
  setEngineFactory(async () => engine)
  setRandomSeed(1)
  resetNames()
  const visible = input({ shape })
  // An engine returns what it has computed; a layer that only acts in training would hand the input through.
  const outputs = layers.rescaling({ scale: 1 }).apply(make().apply(visible))
  const net = model({ inputs: visible, outputs })
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const { loss } = await net.trainOnBatch(someData([5, ...shape]), someData([5, ...output]))
  const predicted = await net.predict(someData([3, ...shape]))
  const weights = net.getWeights()
  await net.dispose()
  return [loss, ...weights.flatMap(({ data }) => [...data]), ...predicted.data]
}

function checkLayer(check: LayerCheck): void {
  const { make, input: shape, output, params } = check
  const inModel = () => {
    const visible = input({ shape })
    return model({ inputs: visible, outputs: make().apply(visible) })
  }

  it('returns to itself by its config', () => {
    const config = make().getConfig()
    const layer = make()
    const again = layerFromConfig(layer.className, JSON.parse(JSON.stringify(config)))
    expect(again.getConfig()).toEqual(config)
    expect(again.constructor).toBe(layer.constructor)
  })

  it('has the shape and the weights it promises', () => {
    const layer = make()
    expect(layer.built).toBe(false)
    expect(layer.apply(input({ shape })).shape).toEqual([null, ...output])
    const count = (weights: Layer['weights']) => weights.reduce((sum, { size }) => sum + size, 0)
    expect([count(layer.trainableWeights), count(layer.nonTrainableWeights)]).toEqual(params)
    expect(layer.countParams()).toBe(params[0] + params[1])
  })

  it('gives the same predictions however the batch is cut, of the promised shape', async () => {
    const net = inModel()
    const x = someData([5, ...shape])
    const whole = await net.predict(x)
    expect(whole.shape).toEqual([5, ...output])
    expect(await net.predict(x, { batchSize: 2 })).toEqual(whole)
    await net.dispose()
  })

  it('computes on the wasm backend what the reference computes', async () => {
    const expected = await stepOn(new ReferenceEngine(), check)
    const actual = await stepOn(new WasmEngine({ cores: 1 }), check)
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(2e-5 * (1 + Math.abs(expected[i])))
    })
  })

  it('moves its weights in a training step', async () => {
    const net = inModel()
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const before = net.weights.map((weight) => weight.read())
    if (params[0] > 0) {
      const logs = await net.trainOnBatch(someData([4, ...shape]), someData([4, ...output]))
      expect(logs.loss).toBeGreaterThan(0)
    }
    for (const [i, weight] of net.weights.entries())
      expect({ [weight.path]: weight.read() }).not.toEqual({ [weight.path]: before[i] })
    net.trainable = false
    expect(net.trainableWeights).toEqual([])
    await net.dispose()
  })
}

describe.each(CHECKS.map((check, i) => [`${i} ${nameOf(check)}`, check] as const))('%s', (_, check) =>
  checkLayer(check),
)

function nameOf({ make }: LayerCheck): string {
  const layer = make()
  resetNames()
  return layer.className
}

it('covers every layer', () => {
  const checked = new Set<unknown>(CHECKS.map(({ make }) => make().constructor))
  expect(LAYER_CLASSES.filter((layer) => !checked.has(layer))).toEqual([])
})

it('says which class name is unknown', () => {
  expect(() => layerFromConfig('Conv2', {})).toThrow(
    'no layer has this class name, did you mean "Conv2D"?, received: "Conv2"',
  )
})
