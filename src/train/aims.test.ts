/** @file Training on blended images: losses and metrics by hand, on every engine, for any cut of the batch and any threads. */
import { beforeEach, expect, it } from 'vitest'
import type { Engine } from '../backends/engine.ts'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { spawnWorker } from '../backends/wasm/worker-testing.ts'
import { Random } from '../base/random.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { resetNames } from '../nn/names.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { Trace } from '../nn/trace.ts'
import { evaluate } from '../ops/evaluate.ts'
import { input as leaf } from '../ops/index.ts'
import type { RefArray } from '../ops/reference-kernel.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import { sequential } from './sequential.ts'

const IMAGES = 11
const random = new Random(5)
const x = new NdArray(
  Float32Array.from({ length: IMAGES * 5 * 4 * 3 }, () => random.normal()),
  [IMAGES, 5, 4, 3],
)
const labels = Int32Array.from({ length: IMAGES }, (_, n) => n % 3)
const y = new NdArray(labels, [IMAGES])
const oneHot = new NdArray(
  Float32Array.from({ length: 3 * IMAGES }, (_, i) => Number(labels[Math.floor(i / 3)] === i % 3)),
  [IMAGES, 3],
)

beforeEach(() => {
  setRandomSeed(2)
  resetNames()
})

type Maker = () => ReturnType<typeof layers.mixUp> | ReturnType<typeof layers.cutMix>

function classifier(mixing: readonly ReturnType<Maker>[]) {
  return sequential([
    input({ shape: [5, 4, 3] }),
    ...mixing,
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layers.flatten(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
}

/**
 * What steps of training with both layers come to. Smaller factors make shares that f32 cannot tell from 0: an edge of the
 * rectangle then lies on this or that side of a pixel.
 */
async function trained(engine: Engine, batchSize = 6) {
  setEngineFactory(async () => engine)
  setRandomSeed(2)
  resetNames()
  const net = classifier([layers.mixUp({ alpha: 1, seed: 3 }), layers.cutMix({ factor: [0.5, 1], seed: 4 })])
  net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: ['acc'] })
  const { history } = await net.fit(x, y, { batchSize, epochs: 2, seed: 1, verbose: 0 })
  const weights = net.getWeights().flatMap(({ data }) => [...data])
  await net.dispose()
  return [...history.loss, ...history.acc, ...weights]
}

it('two blends in a row train to the same bits with workers and without, and to what f64 says', async () => {
  const alone = await trained(new WasmEngine({ cores: 1 }))
  for (const cores of [2, 3]) expect(await trained(new WasmEngine({ cores, spawn: spawnWorker }))).toEqual(alone)
  for (const engine of [new ReferenceEngine(), new WasmEngine({ cores: 1, fuse: false })]) {
    const other = await trained(engine)
    for (const [i, value] of alone.entries()) expect(Math.abs(value - other[i])).toBeLessThan(1e-5)
  }
})

it.each([
  ['mixUp', () => layers.mixUp({ alpha: 1, seed: 3 })],
  ['cutMix', () => layers.cutMix({ seed: 3 })],
] as [string, Maker][])('class numbers cost and count what one-hot targets do, with %s', async (_, mixing) => {
  setEngineFactory(async () => new ReferenceEngine())
  const results: number[][] = []
  for (const [loss, targets] of [
    ['sparseCategoricalCrossentropy', y],
    ['categoricalCrossentropy', oneHot],
  ] as const) {
    setRandomSeed(2)
    const net = classifier([mixing()])
    net.compile({ optimizer: 'sgd', loss, metrics: ['acc'] })
    const step = await net.trainOnBatch(x, targets)
    results.push([step.loss, step.acc, ...(await net.evaluate(x, targets, { verbose: 0 }))])
    await net.dispose()
  }
  results[0].forEach((value, i) => {
    expect(value).toBeCloseTo(results[1][i], 5)
  })
})

/** What the layer makes of x and of one-hot labels in step 0: mixed here, in plain loops, by the shares that it draws. */
function mixedBefore(layer: ReturnType<typeof layers.mixUp>): [NdArray, NdArray] {
  const trace = new Trace({ training: true, updating: false })
  layer.apply(trace.input('x', x.shape, 'f32'))
  const numbers = leaf(trace.graph, 'numbers', { shape: [IMAGES, 1], dtype: 'f32', batched: true })
  const [{ share, partner }] = trace.blends
  const partners = partner(numbers)
  const fed: { [name: string]: ArrayLike<number> } = {
    x: x.data,
    numbers: labels.map((_, n) => n),
    step: [0],
    invBatch: [1 / IMAGES],
  }
  const values = evaluate(trace.graph.nodes, ({ attrs: { name, value }, shape }) => ({
    data: Float64Array.from(fed[String(name)] ?? [Number(value)]),
    shape,
  }))
  const [shares, others] = [share, partners].map((node) => (values.get(node) as RefArray).data)
  return [x, oneHot].map(({ data, shape, itemSize }) => {
    const mixed = Float32Array.from(data, (value, i) => {
      const n = Math.floor(i / itemSize)
      return shares[n] * value + (1 - shares[n]) * data[others[n] * itemSize + (i % itemSize)]
    })
    return new NdArray(mixed, shape)
  }) as [NdArray, NdArray]
}

it('a step is that of a plain network on images and one-hot labels which were mixed before', async () => {
  setEngineFactory(async () => new ReferenceEngine())
  const step = async (mixing: readonly ReturnType<Maker>[], pictures: NdArray, targets: NdArray) => {
    setRandomSeed(2)
    const net = classifier(mixing)
    const loss = targets === y ? 'sparseCategoricalCrossentropy' : 'categoricalCrossentropy'
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss })
    const logs = await net.trainOnBatch(pictures, targets)
    const weights = net.getWeights().flatMap(({ data }) => [...data])
    await net.dispose()
    return [logs.loss, ...weights]
  }
  const mixUp = () => layers.mixUp({ alpha: 1, seed: 3 })
  const inside = await step([mixUp()], x, y)
  const before = await step([], ...mixedBefore(mixUp()))
  inside.forEach((value, i) => {
    expect(value).toBeCloseTo(before[i], 5)
  })
  expect(Math.abs(inside[0] - (await step([], x, y))[0])).toBeGreaterThan(0.01)
})
