/** @file Nothing that a node of a file says is dropped in silence: it changes the numbers, or the file is refused. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from '../train/environment.ts'
import { importOnnx } from './index.ts'
import { type Attributes, fileOf, floats, list, type Spec, weight } from './testing.ts'

beforeAll(() => setEngineFactory(async () => new ReferenceEngine()))

/** What a pool of a 3 x 3 (or `size` x `size`) picture computes. */
async function pooled(opType: string, attributes: Attributes, pixels: readonly number[]) {
  const size = Math.sqrt(pixels.length)
  const net = importOnnx(fileOf({ x: [1, 1, size, size], steps: [[opType, 'x', attributes]] }))
  const y = await net.predict(new NdArray(Float32Array.from(pixels), [1, size, size, 1]))
  return Array.from(y.data, (value) => Math.round(value * 1e5) / 1e5)
}

const ones = new Array<number>(9).fill(1)
const k3 = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }

// The expected values are those of ONNX Runtime 1.30.
describe('pools of ONNX files', () => {
  it('AveragePool with count_include_pad counts the padding, as PyTorch does by default', async () => {
    const [corner, edge] = [0.44444, 0.66667]
    const counted = [corner, edge, corner, edge, 1, edge, corner, edge, corner]
    expect(await pooled('AveragePool', { ...k3, count_include_pad: 1 }, ones)).toEqual(counted)
    expect(await pooled('AveragePool', { ...k3, count_include_pad: 0 }, ones)).toEqual(ones)
  })

  it('AveragePool with counted pads and ceil_mode does not count what lies beyond the pads', async () => {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2], count_include_pad: 1, ceil_mode: 1 }
    expect(await pooled('AveragePool', attributes, ones)).toEqual([1, 1, 1, 1])
    const padded = { ...attributes, kernel_shape: [3, 3], pads: [1, 1, 0, 0] }
    expect(await pooled('AveragePool', padded, ones)).toEqual([0.44444, 0.66667, 0.66667, 1])
  })

  it('MaxPool pads with what never wins, also where pixels are below zero', async () => {
    const pixels = Array.from({ length: 16 }, (_, i) => -1 - i)
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }
    expect(await pooled('MaxPool', attributes, pixels)).toEqual([-1, -2, -5, -6])
  })

  it('MaxPool takes pads that differ on each side', async () => {
    const pixels = Array.from({ length: 9 }, (_, i) => -1 - i)
    expect(await pooled('MaxPool', { kernel_shape: [3, 3], pads: [1, 0, 0, 1] }, pixels)).toEqual([-1, -2, -1, -2])
  })
})

describe('what a node says and nobody reads is refused', () => {
  const k = { k: weight(6, 4, 3, 3), b: weight(6) }
  it.each<[string, Spec, string]>([
    [
      'an unknown attribute',
      { steps: [['Relu', 'x', { alpha: 2 }]] },
      'Relu_0": attribute alpha is not supported, received: 2',
    ],
    [
      'an unknown attribute of a convolution',
      { steps: [['Conv', 'x k', { transposed: 1 }]], weights: k },
      'attribute transposed is not supported, received: 1',
    ],
    [
      'an unknown attribute of a pool',
      { steps: [['MaxPool', 'x', { kernel_shape: [2, 2], count_include_pad: 1 }]] },
      'attribute count_include_pad is not supported',
    ],
    [
      'dilations of a pool',
      { steps: [['MaxPool', 'x', { kernel_shape: [2, 2], dilations: [2, 2] }]] },
      'dilations are not supported, received: [2, 2]',
    ],
    ['an operand too many', { steps: [['Relu', 'x x']] }, 'operand 1 is not supported, received: "x"'],
    [
      'an operand too many of a convolution',
      { steps: [['Conv', 'x k b b']], weights: k },
      'operand 3 is not supported, received: "b"',
    ],
    [
      'an operand too many of a constant node',
      {
        steps: [
          ['Sub', 'b b b'],
          ['Add', 'x 0'],
        ],
        weights: { b: weight(6) },
      },
      'Sub_0": operand 2 is not supported',
    ],
    [
      'an attribute of a constant node',
      {
        steps: [
          ['Neg', 'b', { axis: 1 }],
          ['Add', 'x 0'],
        ],
        weights: { b: weight(6) },
      },
      'Neg_0": attribute axis is not supported',
    ],
    [
      'a graph as an attribute',
      { steps: [['Relu', 'x', { body: { other: 'GRAPH' } }]] },
      'attribute body is not supported, received: "GRAPH"',
    ],
    [
      'antialiasing',
      { steps: [['Resize', 'x - s', { antialias: 1 }]], weights: { s: floats(1, 1, 2, 2) } },
      'antialias must be 0',
    ],
    [
      'a dropout that trains',
      { steps: [['Dropout', 'x r t']], weights: { r: floats(0.5), t: list(1) } },
      'the node must not train',
    ],
    [
      'statistics of each pixel',
      { steps: [['BatchNormalization', 'x a a a a', { spatial: 0 }]], weights: { a: weight(4) } },
      'spatial must be 1, received: 0',
    ],
    [
      'another kernel than the weights',
      { steps: [['Conv', 'x k', { kernel_shape: [5, 5] }]], weights: k },
      'kernel_shape must be that of the kernel, 3,3, received: [5, 5]',
    ],
    [
      'the places of maxima, when they are read',
      {
        steps: [
          ['MaxPool', 'x', { kernel_shape: [2, 2] }],
          ['Relu', 'places'],
        ],
        outputs: ['0', 'places'],
      },
      'output 1 is not supported, received: "places"',
    ],
  ])('%s', (_, spec, message) => {
    expect(() => importOnnx(fileOf(spec))).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message) }),
    )
  })

  it('but not the places of maxima that nobody reads', () => {
    const steps: Spec['steps'] = [['MaxPool', 'x', { kernel_shape: [2, 2], storage_order: 1 }]]
    expect(importOnnx(fileOf({ steps, outputs: ['0', 'places'] })).layers).toHaveLength(2)
  })

  it('and the largest of three constants counts all three', () => {
    const weights = { a: floats(1), b: floats(2), c: floats(3) }
    const steps: Spec['steps'] = [
      ['Max', 'a b c'],
      ['Mul', 'x 0'],
    ]
    const [, layer] = importOnnx(fileOf({ steps, weights })).layers
    expect(layer.getConfig()).toMatchObject({ scale: 3 })
  })
})

describe('what a file may make the reader allocate', () => {
  it('is bounded by its size for the weights of layers, too', () => {
    // A kernel of 1 MiB that 100 nodes use: far beyond 64 MiB and 32 times the file, and no single layer is.
    const steps = Array.from({ length: 100 }, (_, i) => ['Gemm', `${i === 0 ? 'x' : i - 1} k`] as const)
    const file = fileOf({ x: [1, 512], steps, weights: { k: weight(512, 512) } })
    expect(() => importOnnx(file)).toThrow(/asks for more memory than a file of its size may \(\d+ bytes\)/)
    const few = fileOf({ x: [1, 512], steps: steps.slice(0, 50), weights: { k: weight(512, 512) } })
    expect(importOnnx(few).layers).toHaveLength(51)
  })
})

describe('files of before opset 7', () => {
  it('say along which axis the second operand lies', async () => {
    const weights = { a: { kind: 'float', shape: [2], data: Float32Array.of(1, 10) } } as const
    const steps: Spec['steps'] = [['Mul', 'x a', { axis: 1, broadcast: 1 }]]
    const net = importOnnx(fileOf({ x: [1, 2, 1, 2], steps, weights, opset: 6 }))
    const y = await net.predict(new NdArray(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]))
    expect([...y.data]).toEqual([1, 20, 3, 40])
  })
})
