/** @file Tests of the base layer: own layers with sub-layers, weights, names, and errors that name the culprit. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from '../train/environment.ts'
import { model } from '../train/functional.ts'
import { Layer, type SymbolicTensor } from './layer.ts'
import { layers } from './layers/index.ts'
import { input } from './layers/input.ts'
import { resetNames } from './names.ts'
import { setRandomSeed } from './random-state.ts'
import type { Tensor } from './trace.ts'

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(0)
  resetNames()
})

/** The tutorial's layer. */
class DepthwiseSeparableConv2D extends layers.Layer {
  private readonly depthwise: Layer
  private readonly pointwise: Layer

  constructor({ filters, kernelSize }: { filters: number; kernelSize: number }) {
    super()
    this.depthwise = layers.depthwiseConv2d({ kernelSize, padding: 'same' })
    this.pointwise = layers.conv2d({ filters, kernelSize: 1, activation: 'relu' })
  }

  override call(x: Tensor): Tensor {
    return this.pointwise.apply(this.depthwise.apply(x))
  }
}

class Stack extends Layer {
  readonly steps = [layers.dense({ units: 3 }), layers.dense({ units: 2 })]

  override call(x: Tensor): Tensor {
    return this.steps.reduce((y: Tensor, step) => step.apply(y), x)
  }
}

describe("a user's own layer", () => {
  it('has 286 weights on RGB with 64 filters', () => {
    const layer = new DepthwiseSeparableConv2D({ filters: 64, kernelSize: 3 })
    expect(layer.apply(input({ shape: [32, 32, 3] })).shape).toEqual([null, 32, 32, 64])
    expect(layer.countParams()).toBe(286)
    expect(layer.name).toBe('depthwise_separable_conv2d')
    expect(layer.weights.map(({ path }) => path)).toEqual([
      'depthwise_separable_conv2d/depthwise_conv2d/kernel',
      'depthwise_separable_conv2d/depthwise_conv2d/bias',
      'depthwise_separable_conv2d/conv2d/kernel',
      'depthwise_separable_conv2d/conv2d/bias',
    ])
  })

  it('finds layers in arrays', () => {
    const stack = new Stack()
    stack.apply(input({ shape: [4] }))
    expect(stack.countParams()).toBe(4 * 3 + 3 + 3 * 2 + 2)
  })

  it('trains', async () => {
    const visible = input({ shape: [4, 4, 3] })
    const own = new DepthwiseSeparableConv2D({ filters: 2, kernelSize: 3 })
    const net = model({ inputs: visible, outputs: layers.flatten().apply(own.apply(visible)) })
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const before = own.getWeights()
    const x = new NdArray(
      Float32Array.from({ length: 96 }, (_, i) => (i % 7) - 3),
      [2, 4, 4, 3],
    )
    await net.trainOnBatch(x, new NdArray(new Float32Array(64).fill(1), [2, 32]))
    own.getWeights().forEach((weights, i) => {
      expect(weights).not.toEqual(before[i])
    })
    await net.dispose()
  })

  it('freezes with its sub-layers', () => {
    const stack = new Stack()
    stack.apply(input({ shape: [4] }))
    stack.steps[0].trainable = false
    expect(stack.trainableWeights.map(({ shape }) => shape)).toEqual([[3, 2], [2]])
    stack.trainable = false
    expect(stack.steps.map(({ trainable }) => trainable)).toEqual([false, false])
    expect(stack.nonTrainableWeights).toHaveLength(4)
  })

  it('must return a value', () => {
    class Forgetful extends Layer {
      override call(_: Tensor): Tensor {
        return undefined as unknown as Tensor
      }
    }
    expect(() => new Forgetful().apply(input({ shape: [2] }))).toThrow(
      'forgetful (Forgetful): call must return the value of a batch, received: undefined',
    )
  })

  it('is named, with its sub-layer, when shapes do not fit', () => {
    const layer = new DepthwiseSeparableConv2D({ filters: 2, kernelSize: 3 })
    expect(() => layer.apply(input({ shape: [5] }))).toThrow(
      'depthwise_separable_conv2d/depthwise_conv2d (DepthwiseConv2D): the input must have 4 axes, received: [null, 5]',
    )
  })
})

describe('weights', () => {
  const built = () => {
    const layer = layers.dense({ units: 2, name: 'head' })
    layer.apply(input({ shape: [3] }))
    return layer
  }

  it('are equal for the same seed, and differ from layer to layer', () => {
    const first = [built(), built()].map((layer) => layer.getWeights()[0])
    expect(first[0]).not.toEqual(first[1])
    setRandomSeed(0)
    expect([built(), built()].map((layer) => layer.getWeights()[0])).toEqual(first)
    setRandomSeed(1)
    expect(built().getWeights()[0]).not.toEqual(first[0])
  })

  it('can be got and set', () => {
    const [a, b] = [built(), built()]
    b.setWeights(a.getWeights())
    expect(b.getWeights()).toEqual(a.getWeights())
  })

  it('are refused when they do not fit', () => {
    const layer = built()
    const [kernel, bias] = layer.getWeights()
    expect(() => layer.setWeights([kernel])).toThrow(
      'head: setWeights wants 2 arrays (head/kernel, head/bias), received: 1',
    )
    expect(() => layer.setWeights([bias, kernel])).toThrow('head/kernel: setWeights wants [3, 2], received: [2]')
  })
})

it('output is that of the first use', () => {
  const layer = layers.flatten()
  expect(() => layer.output).toThrow('flatten has no output')
  const first: SymbolicTensor = layer.apply(input({ shape: [2, 2] }))
  layer.apply(input({ shape: [3, 3] }))
  expect(layer.output).toBe(first)
})
