/**
 * @file Networks that once could not be trained. test/activation-parity.test.ts puts every activation beside every kind of
 * layer, test/random-networks.test.ts tries random networks.
 */
import { expect, it } from 'vitest'
import { someNumbers } from '../../test/parity/data.ts'
import { differences } from '../../test/parity/step-parity.ts'
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { model } from './functional.ts'
import { sequential } from './sequential.ts'

const conv = (useBias = true) => layers.conv2d({ filters: 4, kernelSize: 3, useBias })

const NETWORKS: readonly [what: string, shape: readonly number[], make: () => Layer[]][] = [
  ['a ReLU with a threshold between convolutions', [7, 7, 3], () => [conv(), layers.reLU({ threshold: 0.2 }), conv()]],
  [
    'a dense layer with hardTanh before a batch normalization',
    [5],
    () => [layers.dense({ units: 6, activation: 'hardTanh' }), layers.dense({ units: 6 }), layers.batchNormalization()],
  ],
  [
    'a ReLU with a maximum behind a convolution without bias',
    [7, 7, 3],
    () => [conv(false), layers.reLU({ maxValue: 2 }), conv(), layers.batchNormalization()],
  ],
]

it.each(NETWORKS)('%s: trains', async (_, shape, make) => {
  const trial = () => {
    const net = sequential([input({ shape }), ...make(), layers.flatten(), layers.dense({ units: 2 })])
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    return { net, x: [someNumbers([4, ...shape], 1)], y: [someNumbers([4, 2], 2)] }
  }
  expect(await differences(trial)).toEqual([])
})

it('two scales that exchange what they have computed train', async () => {
  const trial = () => {
    const [large, small] = [input({ shape: [8, 8, 4] }), input({ shape: [4, 4, 4] })]
    const start = (x: SymbolicTensor) =>
      layers.activation({ activation: 'relu' }).apply(layers.batchNormalization().apply(x))
    const end = (x: SymbolicTensor) => layers.dense({ units: 2 }).apply(layers.flatten().apply(x))
    const [a, b] = [start(large), start(small)]
    const toLarge = layers.add().apply([a, layers.upSampling2d({ size: 2 }).apply(b)])
    const toSmall = layers.add().apply([b, layers.maxPooling2d({ poolSize: 2 }).apply(a)])
    const net = model({ inputs: [large, small], outputs: layers.add().apply([end(toLarge), end(toSmall)]) })
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    return { net, x: [someNumbers([3, 8, 8, 4], 1), someNumbers([3, 4, 4, 4], 2)], y: [someNumbers([3, 2], 3)] }
  }
  expect(await differences(trial)).toEqual([])
})
