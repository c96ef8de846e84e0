/**
 * @file Imported files: trained models of others and ONNX's own cases (SEPARABLE_DATA or the cache folder must hold them, else
 * these tests say that they skip), and every operator that is understood against ONNX Runtime.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { TensorProtoSchema } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { loadDataset } from '../src/data/index.ts'
import { mutate, outcomeOf } from '../src/formats/fuzz-testing.ts'
import type { SymbolicTensor } from '../src/nn/layer.ts'
import { losses } from '../src/nn/losses/index.ts'
import { nodePlatform } from '../src/node-platform.ts'
import { exportOnnx, importOnnx } from '../src/onnx/index.ts'
import { transpose } from '../src/onnx/layout.ts'
import { fileOf, weight } from '../src/onnx/testing.ts'
import { NdArray, type Shape, sizeOf } from '../src/tensor/ndarray.ts'
import { model } from '../src/train/functional.ts'
import type { Model } from '../src/train/model.ts'
import { CASES } from './oracles/onnx-cases.ts'
import { OF_POOLS } from './oracles/onnx-pools.ts'
import { OF_SIZES } from './oracles/onnx-sizes.ts'
import '../src/node.ts'
import { onnxRuntime } from './oracles/onnx-runtime.ts'

const run = await onnxRuntime()
const folder = join(nodePlatform.env('SEPARABLE_DATA') ?? nodePlatform.cacheFolder(), 'models')
const there = existsSync(join(folder, 'mnist.onnx'))
if (!there) console.warn(`SKIPPED: no models in ${folder}`)

const read = (...path: string[]) => new Uint8Array(readFileSync(join(folder, ...path)))

/** [N,C,H,W] as [N,H,W,C]; anything else as it is. */
function channelsLast({ data, shape }: NdArray): NdArray {
  if (shape.length !== 4) return new NdArray(data, shape)
  const [n, c, h, w] = shape
  return new NdArray(transpose(data as Float32Array, shape, [0, 2, 3, 1]), [n, h, w, c])
}

function expectClose(actual: NdArray, expected: NdArray, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape)
  const largest = Math.max(...Array.from(expected.data, Math.abs))
  const worst = Math.max(...Array.from(actual.data, (x, i) => Math.abs(x - expected.data[i])))
  expect(worst).toBeLessThan(tolerance * largest)
}

/** Every output of a model that has several. */
async function predictAll({ inputs, outputs }: Model, x: NdArray): Promise<NdArray[]> {
  const results: NdArray[] = []
  for (const output of outputs as SymbolicTensor[]) {
    const single = model({ inputs, outputs: output })
    results.push(await single.predict(x))
    await single.dispose()
  }
  return results
}

/** A model of others, the input of its recorded outputs [N,C,H,W], and the outputs. */
function recorded(name: string) {
  const json = JSON.parse(readFileSync(join(folder, 'expected', `${name}.json`), 'utf8'))
  const { input_shape: shape, outputs } = json as {
    readonly input_shape: Shape
    readonly outputs: { readonly [name: string]: { readonly shape: Shape } }
  }
  const x = new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 1009) / 1009),
    shape,
  )
  const values = new Float32Array(read('expected', `${name}.out.f32`).buffer)
  let at = 0
  const expected = Object.values(outputs).map(({ shape }) => {
    at += sizeOf(shape)
    return new NdArray(values.slice(at - sizeOf(shape), at), shape)
  })
  expect(at).toBe(values.length)
  return { net: importOnnx(read(name), { what: name }), x, expected }
}

describe.skipIf(!there)('trained models of others', () => {
  it.each(['mnist.onnx', 'version-slim-320.onnx'])('%s predicts what was recorded', async (name) => {
    const { net, x, expected } = recorded(name)
    const results = await predictAll(net, channelsLast(x))
    expected.forEach((output, i) => {
      expectClose(results[i], output, 1e-5)
    })
  })

  it.skipIf(!run).each(['mnist.onnx', 'version-slim-320.onnx'])('%s goes out again as it came', async (name) => {
    const { net, x, expected } = recorded(name)
    const results = await run?.(exportOnnx(net, { layout: 'channelsFirst', foldBatchNorm: true }), x)
    expected.forEach((output, i) => {
      expectClose([...(results?.values() ?? [])][i], output, 1e-5)
    })
  })

  it('mnist.onnx knows the digits, and learns more', async () => {
    const { train, test } = await loadDataset('mnist')
    const net = importOnnx(read('mnist.onnx'))
    net.compile({
      optimizer: 'adam',
      loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
      metrics: ['acc'],
    })
    const some = [test.x.slice(0, 1000), test.y.slice(0, 1000)] as const
    const [, before] = await net.evaluate(...some, { verbose: 0 })
    expect(before).toBeCloseTo(0.987, 3)
    const history = await net.fit(train.x.slice(0, 2000), train.y.slice(0, 2000), { epochs: 2, verbose: 0 })
    expect(history.history.loss[1]).toBeLessThan(history.history.loss[0])
    await net.dispose()
  })

  it.each(['depthwise', 'depthwise_padded', 'depthwise_strided', 'depthwise_with_multiplier', 'groups'])(
    "ONNX's own case Conv2d_%s",
    async (name) => {
      const tensor = (file: string) => {
        const { rawData, dims } = fromBinary(TensorProtoSchema, read(`onnx-test_Conv2d_${name}`, file))
        return channelsLast(new NdArray(new Float32Array(rawData.slice().buffer), dims.map(Number)))
      }
      const net = importOnnx(read(`onnx-test_Conv2d_${name}`, 'model.onnx'))
      expectClose(await net.predict(tensor('input_0.pb')), tensor('output_0.pb'), 1e-5)
      await net.dispose()
    },
  )
})

describe.skipIf(!run)('each operator computes what ONNX Runtime does', () => {
  it.each(CASES)('$name', async ({ file, x }) => {
    const [expected] = [...((await run?.(file, x))?.values() ?? [])]
    const net = importOnnx(file)
    const result = await net.predict(channelsLast(x))
    await net.dispose()
    expectClose(result, channelsLast(expected), 1e-5)
  })
})

describe('hostile files', () => {
  it('are read or refused, whatever bytes of them are changed', async () => {
    // Of tables whose files are all alike, one in ten.
    const some = CASES.filter(({ name }, i) => !(name in OF_POOLS || name in OF_SIZES) || i % 10 === 0)
    for (const [i, { file }] of some.entries())
      for (let seed = 0; seed < 100; seed++) await outcomeOf(seed, () => importOnnx(mutate(file, 1000 * i + seed)))
  })

  it('are refused when a small one uses its weights over and over', () => {
    const steps = Array.from({ length: 100 }, (_, i) => ['Conv', `${i === 0 ? 'x' : i - 1} k`] as const)
    const file = fileOf({ x: [1, 512, 1, 1], steps, weights: { k: weight(512, 512, 1, 1) } })
    expect(() => importOnnx(file)).toThrow('asks for more memory than a file of its size may')
  })

  it('are read although they are deep', () => {
    const steps = Array.from({ length: 5000 }, (_, i) => ['Relu', i === 0 ? 'x' : `${i - 1}`] as const)
    expect(importOnnx(fileOf({ x: [1, 2], steps })).layers).toHaveLength(5001)
  })
})
