/** @file Functions on symbolic tensors in files of Keras 3, and of Keras 2, become layers. */
import { expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../formats/json.ts'
import { Layer } from '../nn/layer.ts'
import { isOperation, operationNode } from './operations.ts'

const tensor = (layer: string): JsonValue => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [layer, 0, 0] },
})
const [a, b] = [tensor('a'), tensor('b')]

/** `:` and `::-1` */
const ALL: JsonObject = { start: null, stop: null, step: null }
const BACKWARDS: JsonObject = { ...ALL, step: -1 }

const keras3 = (className: string, args: JsonValue[], config: JsonObject = {}): JsonObject => ({
  module: 'keras.src.ops.numpy',
  class_name: className,
  config: { name: 'op', ...config },
  inbound_nodes: [{ args, kwargs: {} }],
})
/** As in .h5 files. */
const withoutModule = (className: string, args: JsonValue[]): JsonObject => {
  const { module: _, ...rest } = keras3(className, args)
  return rest
}
/** As Keras 2.12 to 2.15 write it: one bracket less than around the inputs of a layer, where the first argument is no list. */
const keras2 = (name: string, call: JsonValue): JsonObject => ({
  class_name: name === '__operators__.getitem' ? 'SlicingOpLambda' : 'TFOpLambda',
  config: { name: 'op', trainable: true, dtype: 'float32', function: name },
  inbound_nodes: [call],
})

/** As Keras 2.1 to 2.3 write it. */
const graphNode = (op: string, constants: JsonObject, call: JsonValue): JsonObject => ({
  class_name: 'TensorFlowOpLayer',
  config: { name: 'op', trainable: true, dtype: 'float32', node_def: { name: 'op', op }, constants },
  inbound_nodes: [call],
})

/** The layer's class, the arguments that matter, and what it takes. */
function read(entry: JsonObject) {
  expect(isOperation(entry)).toBe(true)
  const { made, inputs } = operationNode(entry, 'op', 'file: op')
  const layer = made()
  if (!(layer instanceof Layer)) throw new Error('an operation is no input')
  expect(layer.name).toBe('op')
  const { scale, offset, activation } = layer.getConfig()
  const args = layer.className === 'Rescaling' ? [scale, offset] : activation === undefined ? [] : [activation]
  return [layer.className, ...args, inputs.map((input) => input.layer).join()]
}

it.each<[string, JsonObject, readonly (string | number)[]]>([
  ['x + 3', keras3('Add', [a, 3]), ['Rescaling', 1, 3, 'a']],
  ['3 + x', keras3('Add', [3, a]), ['Rescaling', 1, 3, 'a']],
  ['x - 2', keras3('Subtract', [a, 2]), ['Rescaling', 1, -2, 'a']],
  ['2 - x', keras3('Subtract', [2, a]), ['Rescaling', -1, 2, 'a']],
  ['x / 4', keras3('TrueDivide', [a, 4]), ['Rescaling', 0.25, 0, 'a']],
  ['x + y', keras3('Add', [a, b]), ['Add', 'a,b']],
  ['x * x', keras3('Multiply', [a, a]), ['Multiply', 'a,a']],
  ['relu6(x)', keras3('Relu6', [a]), ['Activation', 'relu6', 'a']],
  ['hard_silu(x)', keras3('HardSilu', [a]), ['Activation', 'hardSilu', 'a']],
  ['gelu(x, False)', keras3('Gelu', [a], { approximate: false }), ['Activation', 'gelu', 'a']],
  ['.h5: x + 3', withoutModule('Add', [a, 3]), ['Rescaling', 1, 3, 'a']],
  ['.h5: x / 4', withoutModule('TrueDivide', [a, 4]), ['Rescaling', 0.25, 0, 'a']],
  ['.h5: silu(x)', withoutModule('Silu', [a]), ['Activation', 'silu', 'a']],
  ['Keras 2: x * 3', keras2('math.multiply', ['a', 0, 0, { y: 3, name: null }]), ['Rescaling', 3, 0, 'a']],
  ['Keras 2: x + y', keras2('__operators__.add', ['a', 0, 0, { y: ['b', 0, 0], name: null }]), ['Add', 'a,b']],
  [
    'Keras 2: 1 - x',
    keras2('math.subtract', ['_CONSTANT_VALUE', -1, 1, { y: ['a', 0, 0], name: null }]),
    ['Rescaling', -1, 1, 'a'],
  ],
  ['Keras 2: x / 2', keras2('math.truediv', ['a', 0, 0, { y: 2, name: null }]), ['Rescaling', 0.5, 0, 'a']],
  ['Keras 2: relu(x)', keras2('nn.relu', ['a', 0, 0, { name: null }]), ['Activation', 'relu', 'a']],
  ['Keras 2: silu(x)', keras2('nn.silu', ['a', 0, 0, {}]), ['Activation', 'silu', 'a']],
  ['Keras 2: -x', keras2('math.negative', ['a', 0, 0, { name: null }]), ['Rescaling', -1, 0, 'a']],
  ['Keras 2: float32', keras2('cast', ['a', 0, 0, { dtype: 'float32' }]), ['Identity', 'a']],
  ['Keras 2: maximum(x, y)', keras2('math.maximum', ['a', 0, 0, { y: ['b', 0, 0] }]), ['Maximum', 'a,b']],
  ['Keras 2.3: x * 3', graphNode('Mul', { 1: 3 }, [['a', 0, 0, {}]]), ['Rescaling', 3, 0, 'a']],
  ['Keras 2.3: 2 - x', graphNode('Sub', { 0: 2 }, [['a', 0, 0, {}]]), ['Rescaling', -1, 2, 'a']],
  [
    'Keras 2.3: x + y',
    graphNode('AddV2', {}, [
      ['a', 0, 0, {}],
      ['b', 0, 0, {}],
    ]),
    ['Add', 'a,b'],
  ],
])('%s', (_, entry, expected) => {
  expect(read(entry)).toEqual(expected)
})

/** The arguments of the layer that takes the place of a function of Keras 2. */
it.each<[string, JsonValue, string, JsonObject]>([
  [
    'concat',
    [
      ['a', 0, 0, { axis: 3 }],
      ['b', 0, 0, { axis: 3 }],
    ],
    'Concatenate',
    { axis: 3 },
  ],
  ['nn.leaky_relu', ['a', 0, 0, { alpha: 0.5 }], 'LeakyReLU', { negativeSlope: 0.5 }],
  ['nn.softmax', ['a', 0, 0, { axis: 1 }], 'Softmax', { axis: 1 }],
  ['clip_by_value', ['a', 0, 0, { clip_value_min: 0, clip_value_max: 2 }], 'ReLU', { maxValue: 2 }],
  ['math.reduce_mean', ['a', 0, 0, { axis: [1, 2], keepdims: true }], 'GlobalAveragePooling2D', { keepdims: true }],
  ['math.reduce_max', ['a', 0, 0, { axis: [2, 1] }], 'GlobalMaxPooling2D', { keepdims: false }],
  ['nn.max_pool2d', ['a', 0, 0, { ksize: 2, strides: 2, padding: 'VALID' }], 'MaxPooling2D', { padding: 'valid' }],
  [
    'compat.v1.nn.avg_pool',
    ['a', 0, 0, { ksize: [1, 3, 2, 1], strides: [1, 2, 1, 1], padding: 'SAME', data_format: 'NHWC' }],
    'AveragePooling2D',
    { poolSize: [3, 2], strides: [2, 1], padding: 'same' },
  ],
  ['reshape', ['a', 0, 0, { shape: [-1, 8, 2] }], 'Reshape', { targetShape: [8, 2] }],
  ['compat.v1.transpose', ['a', 0, 0, { perm: [0, 2, 1], conjugate: false }], 'Permute', { dims: [2, 1] }],
  [
    'compat.v1.pad',
    [
      'a',
      0,
      0,
      {
        paddings: [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 0],
        ],
        mode: 'CONSTANT',
      },
    ],
    'ZeroPadding2D',
    {
      padding: [
        [1, 2],
        [3, 0],
      ],
    },
  ],
  ['image.resize', ['a', 0, 0, { size: [5, 7], method: 'nearest' }], 'Resizing', { height: 5, width: 7 }],
  ['math.l2_normalize', ['a', 0, 0, { axis: -1 }], 'UnitNormalization', { axis: -1 }],
  ['math.subtract', ['a', 0, 0, { y: [1, 2] }], 'Normalization', { mean: [1, 2], variance: [1, 1] }],
  ['nn.bias_add', ['a', 0, 0, { bias: [1, 2], data_format: 'NHWC' }], 'Normalization', { mean: [-1, -2] }],
  [
    '__operators__.getitem',
    ['a', 0, 0, { slice_spec: [ALL, { start: 1, stop: -2, step: null }, { start: 3, stop: null, step: null }, ALL] }],
    'Cropping2D',
    {
      cropping: [
        [1, 2],
        [3, 0],
      ],
    },
  ],
  [
    '__operators__.getitem',
    ['a', 0, 0, { slice_spec: [ALL, null, null, ALL] }],
    'Reshape',
    { targetShape: [1, 1, -1] },
  ],
])('Keras 2: %s', (name, call, className, config) => {
  const layer = operationNode(keras2(name, call), 'op', 'file: op').made()
  if (!(layer instanceof Layer)) throw new Error('an operation is no input')
  expect(layer.className).toBe(className)
  expect(layer.getConfig()).toMatchObject(config)
})

it.each([
  [keras3('TrueDivide', [2, a]), 'TrueDivide'],
  [keras3('TrueDivide', [a, b]), 'TrueDivide'],
  [keras3('Gelu', [a], { approximate: true }), 'Gelu'],
  [keras3('Mystery', [a]), 'Mystery'],
  [keras3('Add', [1, 2]), 'Add'],
  [keras2('image.resize', ['a', 0, 0, { size: [2, 2], method: 'area' }]), 'image.resize'],
  [keras2('nn.gelu', ['a', 0, 0, { approximate: true }]), 'nn.gelu'],
  [keras2('math.reduce_mean', ['a', 0, 0, { axis: [1] }]), 'math.reduce_mean'],
  [keras2('math.multiply', ['a', 0, 0, { y: [1, -1] }]), 'math.multiply'],
  [keras2('reshape', ['a', 0, 0, { shape: [['b', 0, 0], 4] }]), 'reshape'],
  [keras2('__operators__.getitem', ['a', 0, 0, { slice_spec: [ALL, ALL, ALL, BACKWARDS] }]), '__operators__.getitem'],
])('names what no layer computes: %#', (entry, title) => {
  expect(() => operationNode(entry, 'op', 'file: op')).toThrow(
    `file: op: no layer computes what this function does with its operands, received: "${title}"`,
  )
})

it('names damage', () => {
  const without = { ...keras3('Add', [a, 1]), inbound_nodes: [] }
  expect(() => operationNode(without, 'op', 'file: op')).toThrow('file: op: must be called once, received: []')
  expect(() => operationNode(keras2('nn.relu', 7), 'op', 'file: op')).toThrow(
    'file: op: has a damaged inbound_nodes, received: 7',
  )
})

it.each([
  [{ class_name: 'Add', config: { name: 'add', trainable: true, dtype: 'float32' } }],
  [{ module: 'keras.layers', class_name: 'Add', config: { name: 'add' } }],
  [{ class_name: 'Functional', config: { name: 'net', layers: [] } }],
])('layers are none: %#', (entry) => {
  expect(isOperation(entry)).toBe(false)
})
