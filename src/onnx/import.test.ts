/** @file Imported models: their layers, and files that are refused. That they compute the right thing: test/onnx-import.test.ts. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { mutate, outcomeOf } from '../formats/fuzz-testing.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from '../train/environment.ts'
import { sequential } from '../train/sequential.ts'
import { exportOnnx, externalFilesOf, importOnnx, inspectOnnx } from './index.ts'
import { fileOf, list, random, type Spec, weight, withoutWeights } from './testing.ts'

beforeAll(() => setEngineFactory(async () => new ReferenceEngine()))

function classifier() {
  return sequential([
    input({ shape: [6, 5, 3], name: 'pixels' }),
    layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'conv' }),
    layers.batchNormalization({ name: 'norm' }),
    layers.activation({ activation: 'relu', name: 'relu' }),
    layers.maxPooling2d({ name: 'pool' }),
    layers.flatten({ name: 'flat' }),
    layers.dense({ units: 3, activation: 'softmax', name: 'classes' }),
  ])
}

const classesOf = (spec: Spec) => importOnnx(fileOf(spec)).layers.map(({ className }) => className)

describe('importOnnx', () => {
  it.each(['channelsLast', 'channelsFirst'] as const)('reads what was exported with %s', async (layout) => {
    const net = classifier()
    const read = importOnnx(exportOnnx(net, { layout }))
    expect(read.layers.map(({ name, className }) => `${name} ${className}`)).toEqual([
      'pixels InputLayer',
      'conv DepthwiseConv2D',
      'conv_1 Conv2D',
      'norm BatchNormalization',
      'relu ReLU',
      'pool MaxPooling2D',
      'classes_flatten Flatten',
      'classes Dense',
      'classes_1 Activation',
    ])
    expect(read.countParams()).toBe(net.countParams())
    const x = new NdArray(random([2, 6, 5, 3], 1), [2, 6, 5, 3])
    const [expected, actual] = [await net.predict(x), await read.predict(x)]
    actual.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.data[i], 6)
    })
  })

  it('interpolates between corners with weights that do not learn', () => {
    const attributes = { mode: 'linear', coordinate_transformation_mode: 'align_corners' }
    const weights = { s: { kind: 'float', shape: [4], data: Float32Array.of(1, 1, 2, 2) } } as const
    const net = importOnnx(fileOf({ x: [1, 2, 3, 2], steps: [['Resize', 'x - s', attributes]], weights }))
    expect(net.trainableWeights).toEqual([])
    const wide = net.layers.find(({ name }) => name.endsWith('width'))
    expect(Array.from(wide?.getWeights()[0].data ?? [], (value) => Math.round(value * 3))).toEqual([
      3, 2, 1, 0, 0, 1, 2, 3,
    ])
  })

  it('reads weights that lie in another file', async () => {
    const net = classifier()
    const whole = exportOnnx(net)
    const { file, data } = withoutWeights(whole, 'net.onnx.data')
    expect(file.length).toBeLessThan(whole.length)
    expect([externalFilesOf(file, 'net.onnx'), externalFilesOf(whole, 'net.onnx')]).toEqual([['net.onnx.data'], []])
    const read = importOnnx(file, { externalData: { 'net.onnx.data': data } })
    expect(read.getWeights()).toEqual(importOnnx(whole).getWeights())
    const external = new Map([['net.onnx.data', data]])
    expect(inspectOnnx(file, 'net.onnx', external)).toEqual(inspectOnnx(whole, 'net.onnx'))
    expect(() => importOnnx(file)).toThrow(/lies in another file: give its bytes in externalData, .*"net.onnx.data"$/)
    expect(() => importOnnx(file, { externalData: { 'net.onnx.data': data.subarray(8) } })).toThrow(
      /net.onnx.data is damaged or cut off: it points at \d+ bytes from \d+/,
    )
  })

  it('takes an Add behind a convolution as its bias, unless something else reads the value too', () => {
    const weights = { k: weight(6, 4, 3, 3), b: weight(6, 1, 1) }
    const steps = [['Conv', 'x k'] as const, ['Add', '0 b'] as const]
    expect(classesOf({ steps, weights })).toEqual(['InputLayer', 'Conv2D'])
    expect(classesOf({ steps: [...steps, ['Mul', '0 1']], weights })).toContain('OnnxAffine')
  })

  it('makes layers over sequences of nodes with three axes, which stay as in the file at the borders', () => {
    const steps = [
      ['Conv', 'x k', { pads: [1, 0] }] as const,
      ['MaxPool', '0', { kernel_shape: [2], strides: [2] }] as const,
      ['Conv', '1 d', { group: 6, pads: [1, 1] }] as const,
    ]
    const spec = { x: [2, 4, 9], steps, weights: { k: weight(6, 4, 3), d: weight(6, 1, 3) } }
    const sequence = ['Permute', 'ZeroPadding1D', 'Conv1D', 'MaxPooling1D', 'DepthwiseConv1D', 'Permute']
    expect(classesOf(spec)).toEqual(['InputLayer', ...sequence])
    expect(importOnnx(fileOf(spec)).outputs[0].shape).toEqual([null, 6, 4])
  })

  it.each(['channelsLast', 'channelsFirst'] as const)(
    'keeps the names of classes that a file of %s holds',
    (layout) => {
      const net = classifier()
      expect(importOnnx(exportOnnx(net, { layout })).classNames).toBeUndefined()
      net.classNames = ['cat', 'dog', '<bird>']
      expect(importOnnx(exportOnnx(net, { layout, foldBatchNorm: true })).classNames).toEqual(['cat', 'dog', '<bird>'])
    },
  )

  it('leaves out what no output needs', () => {
    expect(
      classesOf({
        steps: [
          ['LSTM', 'x'],
          ['Relu', 'x'],
        ],
      }),
    ).toEqual(['InputLayer', 'ReLU'])
  })

  it('takes sizes that the file leaves open', () => {
    const open = { opset: 17, name: '', initializers: new Map(), outputs: [{ name: 'y', shape: null }] }
    const relu = { name: '', opType: 'Relu', domain: '', inputs: ['x'], outputs: ['y'], attributes: new Map() }
    const file = writeOnnx({ ...open, inputs: [{ name: 'x', shape: ['N', 3, 'H', 'W'] }], nodes: [relu] })
    expect(importOnnx(file, { inputShape: [8, 9, 3] }).outputs[0].shape).toEqual([null, 8, 9, 3])
    expect(() => importOnnx(file)).toThrow(
      'the sizes of input "x" must be known (importOnnx takes inputShape for one input), received: ["N", 3, "H", "W"]',
    )
  })
})

describe('files are refused', () => {
  it.each<[string, Spec, string]>([
    ['unsupported', { steps: [['LSTM', 'x']] }, 'LSTM "LSTM_0": there is no layer for this operator, received: "LSTM"'],
    [
      'unsupported',
      {
        steps: [
          ['Transpose', 'x', { perm: [1, 0, 2, 3] }],
          ['LSTM', '0'],
        ],
      },
      'LSTM "LSTM_1": there is no layer for this operator',
    ],
    ['unsupported', { steps: [['__proto__', 'x']] }, 'there is no layer for this operator'],
    ['unsupported', { steps: [['constructor', 'x']] }, 'there is no layer for this operator'],
    [
      'unsupported',
      { steps: [['Expand', 'x shape']], weights: { shape: list(5, 1, 4, 7, 6) } },
      'only axes other than the batch can repeat, and none can be new, received: [5, 1, 4, 7, 6]',
    ],
    [
      'unsupported',
      { steps: [['ReduceMax', 'x', { axes: [0, 1] }]] },
      'different axes other than that of the batch are needed, received: [0, 1]',
    ],
    ['unsupported', { steps: [['Gelu', 'x', { approximate: 'tanh' }]] }, 'approximate must be none, received: "tanh"'],
    ['unsupported', { steps: [['Celu', 'x', { alpha: 2 }]] }, 'alpha must be 1, received: 2'],
    ['unsupported', { steps: [['Conv', 'x x']] }, 'Conv "Conv_0": operand 1 must be a constant, received: "x"'],
    ['unsupported', { steps: [['Relu', 'k']], weights: { k: weight(2) } }, 'operand 0 must not be a constant'],
    ['data', { steps: [['Relu', '']] }, 'operand 0 is missing, or nothing made it'],
    [
      'data',
      { steps: [['Conv', 'x k']], weights: { k: weight(6, 3, 3, 3) } },
      'the kernel does not fit 4 channels in 1 groups',
    ],
    ['unsupported', { steps: [['MaxPool', 'x', { kernel_shape: [9, 9] }]] }, 'does not fit into the picture'],
    [
      'unsupported',
      { steps: [['MaxPool', 'x', { kernel_shape: [3, 3] }]], x: [2, 4, 9] },
      'kernel_shape must be one size, received: [3, 3]',
    ],
    [
      'unsupported',
      { steps: [['GlobalAveragePool', 'x']], x: [2, 4] },
      'only pictures [N,C,H,W] and sequences [N,C,L] are supported, received: [1, 4]',
    ],
    [
      'data',
      { steps: [['Reshape', 'x s']], weights: { s: list(0, 5) } },
      'do not fit into this shape, received: [0, 5]',
    ],
    [
      'unsupported',
      { steps: [['Reshape', 'x s']], weights: { s: list(4, -1) } },
      'the batch must stay an axis of its own',
    ],
    ['data', { steps: [['Transpose', 'x', { perm: [0, 0, 1, 2] }]] }, 'perm must order 4 axes'],
    ['data', { steps: [['Concat', 'x', { axis: 'one' }]] }, 'axis must be of type int, received: "string"'],
    ['data', { steps: [['Neg', 'k']], weights: { k: weight(2) } }, 'has an output that depends on no input'],
    [
      'data',
      {
        steps: [
          ['ConstantOfShape', 's'],
          ['Add', 'x 0'],
        ],
        weights: { s: list(2 ** 20, 2 ** 20) },
      },
      'asks for more memory than a file of its size may',
    ],
    [
      'data',
      {
        steps: [
          ['Expand', 'k s'],
          ['Add', 'x 0'],
        ],
        weights: { k: weight(1), s: list(2 ** 40) },
      },
      'asks for more memory than a file of its size may',
    ],
  ])('with %s', (code, spec, message) => {
    expect(() => importOnnx(fileOf(spec))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('or read, whatever bytes are changed', async () => {
    const sources = [exportOnnx(classifier(), { layout: 'channelsFirst' }), fileOf(COMPUTED)]
    for (const source of sources) {
      const outcomes = []
      for (let seed = 0; seed < 300; seed++)
        outcomes.push(await outcomeOf(seed, () => importOnnx(mutate(source, seed))))
      expect(new Set(outcomes)).toEqual(new Set(['read', 'refused']))
    }
  })
})

/** Shapes and slices that are computed. */
const COMPUTED: Spec = {
  steps: [
    ['Shape', 'x'],
    ['Slice', '0 from to'],
    ['Concat', 'zero rest', { axis: 0 }],
    ['Transpose', 'x', { perm: [0, 2, 3, 1] }],
    ['Reshape', '3 2'],
    ['Slice', '4 from to from'],
    ['Unsqueeze', '5 from'],
    ['Squeeze', '6 from'],
    ['Gather', '0 from'],
    ['Expand', 'from 8'],
    ['Mul', '7 9'],
  ],
  weights: { from: list(1), to: list(2), zero: list(0), rest: list(-1, 2) },
}
