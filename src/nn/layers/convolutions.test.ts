/** @file Special cases of the convolutions: numbers of weights, padding, what they become in the graph, and refusals. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../../backends/reference/reference-engine.ts'
import { NdArray, type Shape } from '../../tensor/ndarray.ts'
import { setEngineFactory } from '../../train/environment.ts'
import { model } from '../../train/functional.ts'
import type { Layer } from '../layer.ts'
import { resetNames } from '../names.ts'
import { Trace } from '../trace.ts'
import { padsOf } from './geometry.ts'
import { layers } from './index.ts'
import { input } from './input.ts'

beforeEach(() => {
  setEngineFactory(async () => new ReferenceEngine())
  resetNames()
})

const countOn = (layer: Layer, shape: Shape) => {
  layer.apply(input({ shape }))
  return layer.countParams()
}

/** The ops that a layer adds to a graph. */
function opsOf(layer: Layer, shape: Shape): string[] {
  const trace = new Trace({ training: false })
  trace.graph.output('y', layer.apply(trace.input('x', [2, ...shape], 'f32')).node)
  return trace.graph.live().flatMap(({ op }) => (op.traits.leaf ? [] : [op.name]))
}

describe('numbers of weights on RGB with 64 filters', () => {
  it('are those of Keras', () => {
    const args = { filters: 64, kernelSize: 3, padding: 'same' } as const
    expect(countOn(layers.conv2d(args), [32, 32, 3])).toBe(1792)
    expect(countOn(layers.separableConv2d(args), [32, 32, 3])).toBe(283)
    expect(countOn(layers.depthwiseConv2d({ kernelSize: 3 }), [32, 32, 3])).toBe(30)
  })
})

describe('weights', () => {
  it('have the names and shapes of Keras, whatever shape the ops want', () => {
    const separable = layers.separableConv2d({ filters: 8, kernelSize: [3, 5], depthMultiplier: 2 })
    separable.apply(input({ shape: [9, 9, 3] }))
    expect(separable.weights.map(({ path, shape }) => [path, ...shape])).toEqual([
      ['separable_conv2d/depthwise_kernel', 3, 5, 3, 2],
      ['separable_conv2d/pointwise_kernel', 1, 1, 6, 8],
      ['separable_conv2d/bias', 8],
    ])
    expect(separable.weights.map(({ stored }) => stored)).toEqual([[3, 5, 6], [6, 8], [8]])
    expect(separable.getWeights()[0].shape).toEqual([3, 5, 3, 2])
  })

  it('number depthwise channels as Keras: input channel times multiplier plus filter', async () => {
    const visible = input({ shape: [1, 1, 2] })
    const layer = layers.depthwiseConv2d({ kernelSize: 1, depthMultiplier: 3, useBias: false })
    const net = model({ inputs: visible, outputs: layer.apply(visible) })
    layer.setWeights([new NdArray(Float32Array.of(1, 2, 3, 10, 20, 30), [1, 1, 2, 3])])
    const y = await net.predict(new NdArray(Float32Array.of(1, 2), [1, 1, 1, 2]))
    expect([...y.data]).toEqual([1, 2, 3, 20, 40, 60])
    await net.dispose()
  })
})

describe('padding', () => {
  const pads = (n: number, kernel: number, stride: number, dilation = 1) =>
    padsOf([n, n], {
      kernel: [kernel, kernel],
      strides: [stride, stride],
      dilation: [dilation, dilation],
      padding: 'same',
    }).slice(0, 2)

  it('same puts the bigger half behind', () => {
    expect(pads(32, 3, 1)).toEqual([1, 1])
    expect(pads(32, 3, 2)).toEqual([0, 1])
    expect(pads(31, 3, 2)).toEqual([1, 1])
    expect(pads(5, 2, 1)).toEqual([0, 1])
    expect(pads(8, 3, 1, 2)).toEqual([2, 2])
    expect(pads(9, 2, 4)).toEqual([0, 1])
    expect(pads(8, 1, 3)).toEqual([0, 0])
  })

  it('gives the sizes of Keras', () => {
    const size = (layer: Layer) => layer.apply(input({ shape: [32, 33, 3] })).shape.slice(1, 3)
    expect(size(layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }))).toEqual([16, 17])
    expect(size(layers.conv2d({ filters: 2, kernelSize: 3, strides: 2 }))).toEqual([15, 16])
    expect(size(layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2 }))).toEqual([28, 29])
    expect(size(layers.depthwiseConv2d({ kernelSize: 5, strides: 3, padding: 'same' }))).toEqual([11, 11])
  })

  it('of a strided and dilated depthwise convolution is that of stride 1', () => {
    const [node] = nodesOf(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, dilationRate: 2, padding: 'same' }))
    expect(node.attrs.pads).toEqual([2, 2, 2, 2])
    expect(node.shape).toEqual([1, 4, 4, 3])
  })

  function nodesOf(layer: Layer) {
    const trace = new Trace({ training: false })
    layer.apply(trace.input('x', [1, 8, 8, 3], 'f32'))
    return trace.graph.nodes.filter(({ op }) => op.name === 'dwconv2d')
  }
})

describe('in the graph', () => {
  it('a pointwise convolution is a matrix product', () => {
    expect(opsOf(layers.conv2d({ filters: 4, kernelSize: 1 }), [3, 3, 2])).toEqual(['matmul', 'add'])
    expect(opsOf(layers.conv2d({ filters: 4, kernelSize: 1, strides: 2 }), [3, 3, 2])).toEqual(['conv2d', 'add'])
  })

  it('a convolution in groups of one channel is a depthwise one, others are joined', () => {
    const args = { kernelSize: 3, useBias: false }
    expect(opsOf(layers.conv2d({ filters: 4, groups: 4, ...args }), [5, 5, 4])).toEqual(['dwconv2d'])
    expect(opsOf(layers.conv2d({ filters: 8, groups: 4, ...args }), [5, 5, 4])).toEqual(['repeatChannels', 'dwconv2d'])
    const ops = opsOf(layers.conv2d({ filters: 4, groups: 2, ...args }), [5, 5, 4])
    expect(ops).toEqual(['pad', 'pad', 'conv2d', 'pad', 'pad', 'conv2d', 'concat'])
  })

  it('a separable convolution is a depthwise one and a product, the activation at the end', () => {
    const args = { filters: 4, kernelSize: 3, activation: 'relu' } as const
    expect(opsOf(layers.separableConv2d(args), [5, 5, 2])).toEqual(['dwconv2d', 'matmul', 'add', 'relu'])
    const ops = opsOf(layers.separableConv2d({ ...args, depthMultiplier: 2, useBias: false }), [5, 5, 2])
    expect(ops).toEqual(['repeatChannels', 'dwconv2d', 'matmul', 'relu'])
  })
})

describe('zero-padding in front', () => {
  const traced = (padding: number, next: Layer) => {
    const trace = new Trace({ training: false })
    const x = trace.input('x', [1, 5, 6, 2], 'f32')
    const { node } = next.apply(layers.zeroPadding2d({ padding }).apply(x))
    trace.graph.output('y', node)
    return trace.graph.live().filter(({ op }) => !op.traits.leaf)
  }

  it.each([
    layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, useBias: false }),
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, useBias: false }),
  ])('becomes part of a convolution: %#', (layer) => {
    const [node, ...others] = traced(1, layer)
    expect(others).toEqual([])
    expect(node.attrs.pads).toEqual([1, 1, 1, 1])
    expect(node.shape).toEqual([1, 3, 3, 2])
  })

  it('adds to the pads of the convolution itself', () => {
    const [node] = traced(2, layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', useBias: false }))
    expect(node.attrs.pads).toEqual([3, 3, 3, 3])
  })

  it('stays in front of anything else', () => {
    expect(traced(1, layers.maxPooling2d()).map(({ op }) => op.name)).toEqual(['pad', 'maxPool2d'])
  })
})

describe('refusals', () => {
  it.each([
    [() => layers.conv2d({ filters: 4, kernelSize: 0 }), 'Conv2D: kernelSize must be an integer >= 1 or two of them'],
    [() => layers.conv2d({ filters: 0, kernelSize: 3 }), 'Conv2D: filters must be an integer >= 1, received: 0'],
    [
      () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, dilationRate: 2, name: 'stem' }),
      'stem (Conv2D): strides above 1 do not go with dilationRate above 1',
    ],
    [
      () => layers.conv2d({ filters: 5, kernelSize: 3, groups: 2, name: 'part' }),
      'part (Conv2D): groups (2) must divide the filters, received: 5',
    ],
    [
      () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, outputPadding: 1, name: 'up' }),
      'up (Conv2DTranspose): outputPadding must be below the strides, received: {"strides":[1,1],"outputPadding":[1,1]}',
    ],
    // @ts-expect-error no such argument
    [() => layers.separableConv2d({ filters: 4, kernelsize: 3 }), 'unknown argument, did you mean "kernelSize"?'],
    [() => layers.dropout({ rate: 1 }), 'Dropout: rate must be a number >= 0 and < 1, received: 1'],
    [() => layers.dense({ units: 1, name: 'a/b' }), 'Dense: name must not contain "/", received: "a/b"'],
  ])('%#', (make, message) => {
    expect(make).toThrow(message)
  })

  it('name the layer when shapes do not fit', () => {
    const x = input({ shape: [4, 4, 3] })
    expect(() => layers.conv2d({ filters: 1, kernelSize: 5 }).apply(x)).toThrow(
      'conv2d (Conv2D): a window of 5 x 5 pixels (dilation 1 x 1) does not fit into the picture, received: [4, 4]',
    )
    expect(() => layers.maxPooling2d().apply(input({ shape: [10] }))).toThrow(
      'max_pooling2d (MaxPooling2D): the input must have 4 axes, received: [null, 10]',
    )
    expect(() => layers.conv2d({ filters: 4, kernelSize: 3, groups: 2 }).apply(x)).toThrow(
      'groups (2) must divide the channels of the input, received: 3',
    )
    const shared = layers.conv2d({ filters: 2, kernelSize: 3, name: 'shared' })
    shared.apply(x)
    expect(() => shared.apply(input({ shape: [4, 4, 5] }))).toThrow(/^shared \(Conv2D\): conv2d: /)
  })

  it('name arguments of apply that are no tensors', () => {
    // @ts-expect-error a number is no tensor
    expect(() => layers.flatten().apply(3)).toThrow(
      "flatten (Flatten): apply wants what input() or another layer's apply returned, received: 3",
    )
  })
})
