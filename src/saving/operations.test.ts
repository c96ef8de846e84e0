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
const keras2 = (name: string, call: JsonValue[]): JsonObject => ({
  class_name: 'TFOpLambda',
  config: { name: 'op', trainable: true, dtype: 'float32', function: name },
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
  ['Keras 2: x * 3', keras2('math.multiply', [['a', 0, 0, { y: 3, name: null }]]), ['Rescaling', 3, 0, 'a']],
  ['Keras 2: x + y', keras2('__operators__.add', [['a', 0, 0, { y: ['b', 0, 0], name: null }]]), ['Add', 'a,b']],
  [
    'Keras 2: 1 - x',
    keras2('math.subtract', [['_CONSTANT_VALUE', -1, 1, { y: ['a', 0, 0] }]]),
    ['Rescaling', -1, 1, 'a'],
  ],
  ['Keras 2: x / 2', keras2('math.truediv', [['a', 0, 0, { y: 2, name: null }]]), ['Rescaling', 0.5, 0, 'a']],
  ['Keras 2: relu(x)', keras2('nn.relu', [['a', 0, 0, { name: null }]]), ['Activation', 'relu', 'a']],
])('%s', (_, entry, expected) => {
  expect(read(entry)).toEqual(expected)
})

it.each([
  [keras3('TrueDivide', [2, a]), 'TrueDivide'],
  [keras3('TrueDivide', [a, b]), 'TrueDivide'],
  [keras3('Gelu', [a], { approximate: true }), 'Gelu'],
  [keras3('Mystery', [a]), 'Mystery'],
  [keras3('Add', [1, 2]), 'Add'],
  [keras2('image.resize', [['a', 0, 0, { size: 2 }]]), 'image.resize'],
])('names what no layer computes: %#', (entry, title) => {
  expect(() => operationNode(entry, 'op', 'file: op')).toThrow(
    `file: op: no layer computes what this function does with its operands, received: "${title}"`,
  )
})

it('names damage', () => {
  const without = { ...keras3('Add', [a, 1]), inbound_nodes: [] }
  expect(() => operationNode(without, 'op', 'file: op')).toThrow('file: op: must be called once, received: []')
  expect(() => operationNode(keras2('nn.relu', ['a']), 'op', 'file: op')).toThrow(
    'file: op: has a damaged inbound_nodes',
  )
})

it.each([
  [{ class_name: 'Add', config: { name: 'add', trainable: true, dtype: 'float32' } }],
  [{ module: 'keras.layers', class_name: 'Add', config: { name: 'add' } }],
  [{ class_name: 'Functional', config: { name: 'net', layers: [] } }],
])('layers are none: %#', (entry) => {
  expect(isOperation(entry)).toBe(false)
})
