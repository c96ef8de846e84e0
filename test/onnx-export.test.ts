/** @file Exported files against ONNX Runtime: equal outputs for every kind of layer and every network of the zoo. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { zoo } from '../src/models/index.ts'
import { Layer } from '../src/nn/layer.ts'
import { CHECKS } from '../src/nn/layers/checks.ts'
import { layers } from '../src/nn/layers/index.ts'
import { input } from '../src/nn/layers/input.ts'
import type { Tensor } from '../src/nn/trace.ts'
import { exportOnnx } from '../src/onnx/index.ts'
import { transpose } from '../src/onnx/layout.ts'
import { add } from '../src/ops/index.ts'
import { NdArray, type Shape } from '../src/tensor/ndarray.ts'
import { model } from '../src/train/functional.ts'
import type { Model } from '../src/train/model.ts'
import { sequential } from '../src/train/sequential.ts'
import '../src/node.ts'
import { onnxRuntime } from './oracles/onnx-runtime.ts'
import { PYTHON } from './python.ts'
import { randomArray, randomise } from './trained.ts'

const run = await onnxRuntime()

/** Largest difference relative to the largest output. */
function difference(a: NdArray, b: NdArray): number {
  expect(a.shape).toEqual(b.shape)
  const [values, expected] = [Array.from(a.data), Array.from(b.data)]
  return Math.max(...values.map((x, i) => Math.abs(x - expected[i]))) / Math.max(...expected.map(Math.abs))
}

async function expectSame(net: Model, options: Parameters<typeof exportOnnx>[1] = {}, batch = 3): Promise<void> {
  const x = randomArray([batch, ...(net.inputs[0].shape.slice(1) as Shape)], 7)
  const ours = await net.predict(x)
  await net.dispose()
  const theirs = await run?.(exportOnnx(net, options), x)
  const [output] = [...(theirs?.values() ?? [])]
  expect(difference(output, ours)).toBeLessThan(1e-5)
}

const picture = { shape: [7, 9, 4] }
const same = { padding: 'same' } as const

const LAYERS: Record<string, (Layer | ReturnType<typeof input>)[]> = {
  'conv2d same stride 2': [input(picture), layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, ...same })],
  'conv2d dilated': [input(picture), layers.conv2d({ filters: 5, kernelSize: [2, 3], dilationRate: 2 })],
  'conv2d even kernel': [input(picture), layers.conv2d({ filters: 2, kernelSize: 4, ...same, activation: 'tanh' })],
  'conv2d in groups': [
    input(picture),
    layers.conv2d({ filters: 6, kernelSize: [2, 3], strides: 2, groups: 2, ...same, activation: 'relu' }),
    layers.conv2d({ filters: 6, kernelSize: 1, groups: 3, useBias: false }),
  ],
  'conv1d in groups': [input({ shape: [9, 4] }), layers.conv1d({ filters: 6, kernelSize: 3, groups: 2 })],
  'conv2d pointwise': [input(picture), layers.conv2d({ filters: 6, kernelSize: 1, activation: 'relu6' })],
  'depthwiseConv2d with multiplier': [input(picture), layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
  'depthwiseConv2d dilated and strided': [
    input(picture),
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, dilationRate: 2, ...same, useBias: false }),
  ],
  separableConv2d: [input(picture), layers.separableConv2d({ filters: 5, kernelSize: 3, ...same, activation: 'relu' })],
  'maxPooling2d same': [input(picture), layers.maxPooling2d({ poolSize: 3, strides: 2, ...same })],
  'averagePooling2d same': [input(picture), layers.averagePooling2d({ poolSize: 3, strides: 2, ...same })],
  'averagePooling2d valid': [input(picture), layers.averagePooling2d({})],
  globalAveragePooling2d: [input(picture), layers.globalAveragePooling2d(), layers.dense({ units: 3 })],
  'globalAveragePooling2d keepdims': [input(picture), layers.globalAveragePooling2d({ keepdims: true })],
  'batchNormalization of pictures': [input(picture), layers.batchNormalization()],
  'batchNormalization of features': [input({ shape: [5] }), layers.batchNormalization({ scale: false, epsilon: 0.1 })],
  'flatten before dense': [
    input(picture),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ],
  'flatten at the end': [input(picture), layers.maxPooling2d(), layers.flatten()],
  'flatten before an activation': [input(picture), layers.flatten(), layers.activation({ activation: 'sigmoid' })],
  'dense on pictures': [input(picture), layers.dense({ units: 3, activation: 'softmax' })],
  'dense on sequences': [input({ shape: [6, 4] }), layers.dense({ units: 3, activation: 'relu' })],
  rescaling: [input(picture), layers.rescaling({ scale: 0.5, offset: 2 }), layers.maxPooling2d()],
  zeroPadding2d: [
    input(picture),
    layers.zeroPadding2d({
      padding: [
        [1, 0],
        [2, 3],
      ],
    }),
    layers.maxPooling2d(),
  ],
  'zeroPadding2d before a convolution': [
    input(picture),
    layers.zeroPadding2d({ padding: 1 }),
    layers.conv2d({ filters: 2, kernelSize: 3, strides: 2 }),
  ],
  globalMaxPooling2d: [input(picture), layers.globalMaxPooling2d()],
  'reLU with a slope': [input(picture), layers.reLU({ negativeSlope: 0.2 })],
  'reLU with everything': [input(picture), layers.reLU({ negativeSlope: 0.2, maxValue: 1, threshold: 0.1 })],
  reshape: [input(picture), layers.reshape({ targetShape: [9, -1] }), layers.dense({ units: 2 })],
  'reshape to pictures': [input({ shape: [12] }), layers.reshape({ targetShape: [2, 3, 2] }), layers.maxPooling2d()],
  'nothing but an activation': [input(picture), layers.activation({ activation: 'linear' })],
}

describe.skipIf(!run)('an exported file computes what the model does', () => {
  it.each(Object.entries(LAYERS))('%s', async (_, stack) => {
    await expectSame(randomise(sequential(stack)))
  })

  it.each(CHECKS.map((check) => [check.make().className, check] as const))('%s', async (_, { make, inputs }) => {
    const entrances = inputs.map((shape) => input({ shape }))
    const net = randomise(model({ inputs: entrances, outputs: make().apply(entrances) }))
    const xs = inputs.map((shape, i) => randomArray([2, ...shape], i))
    const ours = await net.predict(Object.fromEntries(net.inputs.map(({ source }, i) => [source.layer.name, xs[i]])))
    await net.dispose()
    const [theirs] = [...((await run?.(exportOnnx(net), ...xs))?.values() ?? [])]
    expect(difference(theirs, ours)).toBeLessThan(1e-5)
  })

  it.each(Object.entries(zoo))('the network %s', async (_, make) => {
    await expectSame(make({ rescale: true }))
  })

  it('with batch normalisations folded, and with channels first', async () => {
    const stack = () => [
      input(picture),
      ...[layers.conv2d, layers.separableConv2d].flatMap((layer) => [
        layer({ filters: 6, kernelSize: 3, ...same, useBias: false }),
        layers.batchNormalization(),
        layers.activation({ activation: 'relu' }),
      ]),
      layers.globalAveragePooling2d(),
    ]
    await expectSame(randomise(sequential(stack())), { foldBatchNorm: true })
    const net = randomise(sequential(stack()))
    const x = randomArray([2, 7, 9, 4], 7)
    const first = transpose(x.data as Float32Array, x.shape, [0, 3, 1, 2])
    const [output] = [
      ...((await run?.(exportOnnx(net, { layout: 'channelsFirst' }), new NdArray(first, [2, 4, 7, 9]))) ?? []),
    ]
    expect(difference(output[1], await net.predict(x))).toBeLessThan(1e-5)
    await net.dispose()
  })

  it('values that meet', async () => {
    const visible = input(picture)
    const a = layers.conv2d({ filters: 4, kernelSize: 3, ...same }).apply(visible)
    const b = layers.multiply().apply([layers.add().apply([a, visible]), a])
    const rows = layers.concatenate({ axis: 1 }).apply([b, a])
    const outputs = layers.concatenate().apply([rows, layers.concatenate({ axis: 1 }).apply([a, visible])])
    await expectSame(randomise(model({ inputs: visible, outputs })))
  })

  class Residual extends Layer {
    readonly first = layers.conv2d({ filters: 4, kernelSize: 3, ...same })
    readonly norm = layers.batchNormalization()
    override call(x: Tensor) {
      const y = this.norm.apply(this.first.apply(x))
      return y.map((node) => add(node, x.node))
    }
  }

  it('own layers, nested models, and a layer that is used twice', async () => {
    const nested = randomise(sequential([input(picture), new Residual(), layers.batchNormalization()]))
    const twice = layers.separableConv2d({ filters: 4, kernelSize: 3, ...same })
    const visible = input(picture)
    const outputs = twice.apply(twice.apply(nested.apply(visible)))
    await expectSame(randomise(model({ inputs: visible, outputs })))
  })
})

const python =
  'import onnx, sys; onnx.checker.check_model(onnx.load_from_string(sys.stdin.buffer.read()), full_check=True)'
const hasPython = spawnSync(PYTHON, ['-c', 'import onnx']).status === 0
if (!hasPython) console.warn("SKIPPED: no module onnx for Python: ONNX's own checker")

describe.skipIf(!hasPython)("ONNX's own checker", () => {
  it.each([true, false])('accepts the files (folded: %s)', (foldBatchNorm) => {
    for (const stack of Object.values(LAYERS)) {
      const { status, stderr } = spawnSync(PYTHON, ['-c', python], {
        input: exportOnnx(sequential(stack), { foldBatchNorm }),
      })
      expect(stderr.toString()).toBe('')
      expect(status).toBe(0)
    }
  })
})
