/** @file A tiny problem and a tiny model for it, for tests of training. */
import type { Engine } from '../backends/engine.ts'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import { WasmEngine } from '../backends/wasm/wasm-engine.ts'
import { spawnWorker } from '../backends/wasm/worker-testing.ts'
import { Random } from '../base/random.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { NdArray } from '../tensor/ndarray.ts'
import type { FitArgs, Model } from './model.ts'
import { sequential } from './sequential.ts'

/** Points of two classes, told apart by the sign of the sum of their coordinates. */
export function points(count: number, seed = 1) {
  const random = new Random(seed)
  const x = new NdArray(
    Float32Array.from({ length: count * 3 }, () => random.normal()),
    [count, 3],
  )
  const y = Int32Array.from({ length: count }, (_, i) =>
    x.slice(i, i + 1).data.reduce((a, b) => a + b, 0) > 0 ? 1 : 0,
  )
  return { x, y: new NdArray(y, [count]) }
}

/** Everything that can compute, by what is special about it. */
export const ENGINES: readonly [name: string, make: () => Promise<Engine>][] = [
  ['the reference', async () => new ReferenceEngine()],
  ['wasm, on the calling thread', async () => new WasmEngine({ cores: 1 })],
  ['wasm, nothing fused', async () => new WasmEngine({ cores: 1, fuse: false })],
  ['wasm, three workers', async () => new WasmEngine({ cores: 3, spawn: spawnWorker })],
]

/** A model for `points`, compiled. */
export function classifier(): Model {
  const net = sequential([
    input({ shape: [3] }),
    layers.dense({ units: 4, activation: 'tanh' }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ])
  net.compile({
    optimizer: optimizers.sgd({ learningRate: 0.3 }),
    loss: 'sparse_categorical_crossentropy',
    metrics: ['acc'],
  })
  return net
}

/** The model after it was fitted to so many points, its engine closed. */
export async function fitted(args: FitArgs = {}, count = 20) {
  const { x, y } = points(count)
  const net = classifier()
  const history = await net.fit(x, y, { verbose: 0, batchSize: 8, ...args })
  const weights = net.getWeights()
  await net.dispose()
  return { net, history, weights }
}
