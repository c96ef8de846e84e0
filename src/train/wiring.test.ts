/**
 * @file How files wire layers: uses of a network within a network, which Keras 2, Keras 3 and we count each in its own way, and
 * layers in the place of activations.
 */
import { expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../formats/json.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { model } from './functional.ts'
import { modelFromJSON } from './load.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'

const visible = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 4] }, inbound_nodes: [] }
const dense = { class_name: 'Dense', config: { name: 'dense', units: 3 } }
const entrance = { ...visible, name: 'inner', config: { ...visible.config, name: 'inner' } }

/** Networks as Keras 2 writes them: a graph, a stack that knew its shape, and one that did not. */
const NESTED: Record<string, JsonObject> = {
  Functional: {
    class_name: 'Functional',
    config: {
      name: 'net',
      layers: [entrance, { ...dense, name: 'dense', inbound_nodes: [[['inner', 0, 0, {}]]] }],
      input_layers: [['inner', 0, 0]],
      output_layers: [['dense', 0, 0]],
    },
  },
  Sequential: { class_name: 'Sequential', config: { name: 'net', layers: [entrance, dense] } },
  'Sequential without a shape': { class_name: 'Sequential', config: { name: 'net', layers: [dense] } },
}

/** ReLU on a network on `x`, and the network on `-x`, which is the end. */
function legacyConfig(nested: JsonObject, first: number): JsonObject {
  const mirror = { class_name: 'Rescaling', name: 'mirror', config: { name: 'mirror', scale: -1 } }
  return {
    class_name: 'Functional',
    config: {
      name: 'outer',
      layers: [
        { ...visible, name: 'x' },
        { ...mirror, inbound_nodes: [[['x', 0, 0, {}]]] },
        { ...nested, name: 'net', inbound_nodes: [[['x', 0, 0, {}]], [['mirror', 0, 0, {}]]] },
        { class_name: 'ReLU', name: 'relu', config: { name: 'relu' }, inbound_nodes: [[['net', first, 0, {}]]] },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [
        ['relu', 0, 0],
        ['net', first + 1, 0],
      ],
    },
  }
}

/** What each layer takes, as the summary shows it. */
const wiring = (net: Model) =>
  Object.fromEntries(net.describe().layers.map(({ name, connectedTo }) => [name, connectedTo]))
const ends = (config: object): JsonValue =>
  ((config as JsonObject).config as { readonly output_layers: JsonValue }).output_layers

it.each([
  ['Functional', 1],
  ['Sequential', 1],
  ['Sequential without a shape', 0],
])('Keras 2: the uses of %s within a graph begin at %i', (kind, first) => {
  const net = modelFromJSON(legacyConfig(NESTED[kind], first))
  expect(wiring(net)).toEqual({
    x: [],
    mirror: ['x[0][0]'],
    net: ['x[0][0]', 'mirror[0][0]'],
    relu: ['net[0][0]'],
  })
  expect(net.outputs.map(({ source }) => source.layer.name)).toEqual(['relu', 'net'])
  expect(net.outputs[1].source.inputs[0].source.layer.name).toBe('mirror')
})

it('a use that nothing makes stays an error', () => {
  const config = legacyConfig(NESTED.Functional, 2)
  expect(() => modelFromJSON(config)).toThrow('names an output that no layer makes, received: ["net", 2]')
})

it.each<[string, number, () => Model]>([
  [
    'Functional',
    1,
    () => {
      const inside = input({ shape: [4] })
      return model({ inputs: inside, outputs: layers.dense({ units: 3 }).apply(inside), name: 'net' })
    },
  ],
  ['Sequential', 0, () => sequential([input({ shape: [4] }), layers.dense({ units: 3 })], { name: 'net' })],
])('Keras 3: the uses of %s that are ends begin at %i, all others at 0', (_, first, make) => {
  const [x, net] = [input({ shape: [4], name: 'x' }), make()]
  const [one, other] = [net.apply(x), net.apply(layers.rescaling({ scale: -1, name: 'mirror' }).apply(x))]
  const outer = model({ inputs: x, outputs: [other, layers.reLU({ name: 'relu' }).apply(one)] })
  const written = outer.toJSON()
  expect(ends(written)).toEqual([
    ['net', first + 1, 0],
    ['relu', 0, 0],
  ])
  const copy = modelFromJSON(written)
  expect(wiring(copy)).toEqual(wiring(outer))
  expect(copy.outputs[0].source.inputs[0].source.layer.name).toBe('mirror')
})

// ------------------------------------------------------------------------------ layers in the place of activations

const leaky = { class_name: 'LeakyReLU', config: { name: 'leaky_re_lu', negative_slope: 0.25 } }
const withLeaky = { class_name: 'Dense', config: { name: 'dense', units: 3, activation: leaky } }
const dense2 = { class_name: 'Dense', config: { name: 'dense_2', units: 2 } }
const shown = (net: Model) => net.layers.map(({ name, className }) => `${name} ${className}`)

it('a layer that is an activation stands behind its layer', () => {
  const config = { class_name: 'Sequential', config: { name: 'net', layers: [visible, withLeaky, dense2] } }
  const net = modelFromJSON(config)
  expect(shown(net)).toEqual(['dense Dense', 'dense_activation LeakyReLU', 'dense_2 Dense'])
  expect(net.getLayer('dense').getConfig().activation).toBe('linear')
  expect(net.getLayer('dense_activation').getConfig().negativeSlope).toBe(0.25)
})

it('in a graph it stands behind each use, and others take what it makes', () => {
  const twice = { ...withLeaky, name: 'dense', inbound_nodes: [[['x', 0, 0, {}]], [['y', 0, 0, {}]]] }
  const add = { class_name: 'Add', name: 'add', config: { name: 'add', trainable: true } }
  const net = modelFromJSON({
    class_name: 'Functional',
    config: {
      name: 'net',
      layers: [
        { ...visible, name: 'x' },
        { ...visible, name: 'y', config: { ...visible.config, name: 'y' } },
        twice,
        {
          ...add,
          inbound_nodes: [
            [
              ['dense', 1, 0, {}],
              ['dense', 0, 0, {}],
            ],
          ],
        },
      ],
      input_layers: [
        ['x', 0, 0],
        ['y', 0, 0],
      ],
      output_layers: [['add', 0, 0]],
    },
  })
  expect(wiring(net)).toEqual({
    x: [],
    y: [],
    dense: ['y[0][0]', 'x[0][0]'],
    dense_activation: ['dense[1][0]', 'dense[0][0]'],
    add: ['dense_activation[1][0]', 'dense_activation[0][0]'],
  })
})

it('a layer with weights is no activation', () => {
  const prelu = { class_name: 'PReLU', config: { name: 'p_re_lu' } }
  const layer = { ...withLeaky, config: { ...withLeaky.config, activation: prelu } }
  const config = { class_name: 'Sequential', config: { name: 'net', layers: [visible, layer] } }
  expect(() => modelFromJSON(config)).toThrow(/dense \(Dense\): activation must be .*"PReLU"/)
})

// ------------------------------------------------------------------------------ dictionaries

it('inputs and outputs in dictionaries stand in the order of their keys', () => {
  const tensor = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } })
  const layer = (name: string, from: string) => ({
    class_name: 'Dense',
    name,
    config: { name, units: 3, trainable: true },
    inbound_nodes: [{ args: [tensor(from)], kwargs: {} }],
  })
  const net = modelFromJSON({
    class_name: 'Functional',
    config: {
      name: 'net',
      layers: [
        { ...visible, name: 'x' },
        { ...visible, name: 'y', config: { ...visible.config, name: 'y' } },
        layer('first', 'x'),
        layer('second', 'y'),
      ],
      input_layers: { right: ['x', 0, 0], left: ['y', 0, 0] },
      output_layers: { b: ['first', 0, 0], a: ['second', 0, 0] },
    },
  })
  expect(net.inputs.map(({ source }) => source.layer.name)).toEqual(['y', 'x'])
  expect(net.outputs.map(({ source }) => source.layer.name)).toEqual(['second', 'first'])
})
