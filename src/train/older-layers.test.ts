/** @file Configs in which Keras 2 wrote layers as there are none today, in the form of its versions 2.12 to 2.15. */
import { beforeAll, expect, it } from 'vitest'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import type { JsonObject, JsonValue } from '../formats/json.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import { modelFromJSON } from './load.ts'
import type { Model } from './model.ts'

beforeAll(() => setEngineFactory(async () => new WasmEngine({ cores: 1 })))

const INPUT = { class_name: 'InputLayer', config: { batch_input_shape: [null, 1, 1, 4], name: 'input_1' } }

const ownLayer = (className: string, config: JsonObject): JsonObject => ({
  class_name: className,
  config: { name: 'own', trainable: true, dtype: 'float32', ...config },
})

/** What `Model.to_json()` returns. */
function stack(layer: JsonObject, version: string): Model {
  const config = { name: 'sequential', layers: [INPUT, layer] } as unknown as JsonValue
  return modelFromJSON({ class_name: 'Sequential', config, keras_version: version, backend: 'tensorflow' })
}

const x = new NdArray(Float32Array.of(-4, -1, 0.5, 2.75), [1, 1, 1, 4])

async function expectPrediction(net: Model, expected: readonly number[]): Promise<void> {
  const { data } = await net.predict(x)
  for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 6)
}

it.each<[string, JsonObject, readonly number[]]>([
  ['ThresholdedReLU', { theta: 0.5 }, [0, 0, 0, 2.75]],
  ['Rescaling', { scale: [1, 2, 0.5, 4], offset: [0, 1, 0, -1] }, [-4, -1, 0.25, 10]],
  ['Rescaling', { scale: 2, offset: [0, 1, 0, -1] }, [-8, -1, 1, 4.5]],
  ['SyncBatchNormalization', { axis: [3], epsilon: 0 }, [-4, -1, 0.5, 2.75]],
  ['BatchNormalizationV1', { axis: [3], epsilon: 0 }, [-4, -1, 0.5, 2.75]],
  ['Activation', { activation: 'hard_sigmoid' }, [0, 0.3, 0.6, 1]],
])('%s %o', async (className, config, expected) => {
  await expectPrediction(stack(ownLayer(className, config), '2.15.0'), expected)
})

it('the hard sigmoid of Keras 3 is less steep', async () => {
  const net = stack(ownLayer('Activation', { activation: 'hard_sigmoid' }), '3.0.0')
  await expectPrediction(net, [0, 1 / 3, 0.5 + 0.5 / 6, 0.5 + 2.75 / 6])
})

it('a factor of a channel that is not above 0 is refused', () => {
  expect(() => stack(ownLayer('Rescaling', { scale: [1, 2, 0, 4] }), '2.15.0')).toThrow(
    'own (Rescaling): scale must be a number, received: [1, 2, 0, 4]',
  )
})

it('the hard sigmoid of a convolution, in a graph with slashes in its names', async () => {
  const entry = (layer: JsonObject, name: string, from: readonly string[]) => ({
    ...layer,
    config: { ...(layer.config as JsonObject), name },
    name,
    inbound_nodes: from.length === 0 ? [] : [from.map((each) => [each, 0, 0, {}])],
  })
  const convolution = ownLayer('Conv2D', {
    ...{ filters: 4, kernel_size: [1, 1], activation: 'hard_sigmoid', use_bias: false },
    kernel_initializer: { class_name: 'Identity', config: { gain: 1 } },
  })
  const config = {
    name: 'model',
    layers: [
      entry(INPUT, 'input_1', []),
      entry(convolution, 'Conv/gate', ['input_1']),
      entry(ownLayer('Add', {}), 'Conv/Add', ['Conv/gate', 'input_1']),
    ],
    input_layers: [['input_1', 0, 0]],
    output_layers: [['Conv/Add', 0, 0]],
  }
  const net = modelFromJSON({ class_name: 'Functional', config, keras_version: '2.9.0' })
  expect(net.layers.map(({ name }) => name)).toEqual([
    ...['input_1', 'Conv_gate', 'Conv_gate_activation_scale', 'Conv_gate_activation', 'Conv_Add'],
  ])
  net.layers[1].weights[0].write(Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)))
  await expectPrediction(net, [-4, -0.7, 1.1, 3.75])
})
