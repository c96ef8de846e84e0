/** @file Configs of .h5 files, which Keras 2 and Keras 3 both read. */
import { expect, it } from 'vitest'
import type { JsonObject } from '../formats/json.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { model } from '../train/functional.ts'
import { sequential } from '../train/sequential.ts'
import { compileToKeras } from './compile-config.ts'
import { inOlderWords, trainingInOlderWords } from './legacy-config.ts'
import { networkToKeras } from './to-config.ts'

const older = (net: Parameters<typeof networkToKeras>[0]) => inOlderWords(networkToKeras(net)).config as JsonObject

it('graphs are wired by lists', () => {
  const x = input({ shape: [4], name: 'x' })
  const y = layers.leakyReLU({ negativeSlope: 0.5, name: 'leaky' }).apply(x)
  const net = model({ inputs: x, outputs: layers.add({ name: 'sum' }).apply([x, y]), name: 'net' })
  const { layers: entries, input_layers: inputs, output_layers: outputs } = older(net)
  expect(entries).toMatchObject([
    { class_name: 'InputLayer', config: { batch_input_shape: [null, 4] }, inbound_nodes: [] },
    { config: { name: 'leaky', alpha: 0.5 }, inbound_nodes: [[['x', 0, 0, {}]]] },
    {
      config: { name: 'sum' },
      inbound_nodes: [
        [
          ['x', 0, 0, {}],
          ['leaky', 0, 0, {}],
        ],
      ],
    },
  ])
  expect((entries as readonly JsonObject[])[0]).not.toHaveProperty('module')
  expect([inputs, outputs]).toEqual([[['x', 0, 0]], [['sum', 0, 0]]])
})

it('a stack in a stack', () => {
  const inner = sequential([input({ shape: [4] }), layers.dense({ units: 2 })], { name: 'inner' })
  const [, within] = older(sequential([input({ shape: [4] }), inner])).layers as readonly JsonObject[]
  expect(within).toMatchObject({ config: { layers: [{ config: { batch_input_shape: [null, 4] } }, {}] } })
})

it('a graph with networks in it stays in the words of Keras 3, which counts their uses otherwise', () => {
  const x = input({ shape: [4] })
  const inner = sequential([input({ shape: [4] }), layers.dense({ units: 2 })])
  const [entrance] = older(model({ inputs: x, outputs: inner.apply(x) })).layers as readonly JsonObject[]
  expect(entrance).toMatchObject({ config: { batch_shape: [null, 4] } })
})

it('how it was compiled: long names, and no arguments of optimizers that are off', () => {
  const training = { optimizer: optimizers.sgd({ momentum: 0.5 }), loss: { a: 'mse' }, metrics: ['acc', 'mae'] }
  const written = trainingInOlderWords(compileToKeras(training) as JsonObject)
  expect(written).toMatchObject({ loss: { a: 'mean_squared_error' }, metrics: ['acc', 'mean_absolute_error'] })
  expect(written.optimizer_config).toEqual({
    class_name: 'SGD',
    config: { name: 'SGD', learning_rate: 0.01, momentum: 0.5, nesterov: false },
  })
})
