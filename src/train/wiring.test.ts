/** @file How files count the uses of a network within a network: Keras 2, Keras 3 and we, each in its own way. */
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
