/**
 * @file One generic check for every layer: config, shapes, weights, gradients, a training step, and independence of the
 * batch's cut.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { backward } from '../../autodiff/backward.ts'
import type { Engine } from '../../backends/engine.ts'
import { ReferenceEngine } from '../../backends/reference/reference-engine.ts'
import { WasmEngine } from '../../backends/wasm/wasm-engine.ts'
import { Random } from '../../base/random.ts'
import type { Node } from '../../ir/node.ts'
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { randomArray } from '../../ops/testing/testing.ts'
import { NdArray, type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { setEngineFactory, setScreen } from '../../train/environment.ts'
import { model } from '../../train/functional.ts'
import type { Layer } from '../layer.ts'
import { resetNames } from '../names.ts'
import { setRandomSeed } from '../random-state.ts'
import { type Tensor, Trace } from '../trace.ts'
import { CHECKS, type LayerCheck } from './checks.ts'
import { LAYER_CLASSES, layerFromConfig, layers } from './index.ts'
import { input } from './input.ts'

/** That a single layer has nothing to train is meant here; other warnings are shown. */
const screen = {
  interactive: false,
  columns: 80,
  color: false,
  print() {},
  warn: (line: string) => void (line.endsWith('has no trainable weights: nothing is learned') || console.warn(line)),
  draw() {},
  endDrawing() {},
}

beforeEach(() => {
  setScreen(screen)
  setEngineFactory(async () => new ReferenceEngine())
  setRandomSeed(1)
  resetNames()
})

function someData(shape: Shape, seed = 3): NdArray<Float32Array> {
  const random = new Random(seed)
  return new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )
}

function someInputs({ inputs }: LayerCheck, images: number) {
  return inputs.map((shape, i) => someData([images, ...shape], i))
}

function entrances({ inputs }: LayerCheck) {
  return inputs.map((shape) => input({ shape }))
}

/** A network of the layer and another: an engine returns only what it has computed, and a layer may do so in training alone. */
function modelOf(check: LayerCheck) {
  const inputs = entrances(check)
  return model({ inputs, outputs: layers.rescaling({ scale: 1 }).apply(check.make().apply(inputs)) })
}

/** A training step and what is predicted after it. */
async function stepOn(engine: Engine, check: LayerCheck) {
  setEngineFactory(async () => engine)
  setRandomSeed(1)
  resetNames()
  const net = modelOf(check)
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const { loss } = await net.trainOnBatch(someInputs(check, 5), someData([5, ...check.output]))
  const predicted = await net.predict(someInputs(check, 3))
  const weights = net.getWeights()
  await net.dispose()
  return [loss, ...weights.flatMap(({ data }) => [...data]), ...predicted.data]
}

/** Derivatives of the training output with respect to inputs and weights, by the graph and by moving all along a line. */
function largestGradientError(check: LayerCheck): number {
  const trace = new Trace({ training: true, updating: false })
  const inputs = check.inputs.map((shape, i) => trace.input(`x${i}`, [3, ...shape], 'f32'))
  const layer = check.make()
  const y = layer.apply(inputs)
  const leaves = [...inputs.map(({ node }) => node), ...layer.trainableWeights.map((weight) => trace.read(weight))]
  const dy = seed(trace, y)
  const gradients = backward(new Map([[y.node, dy]]), leaves)
  const values = new Map<Node, RefArray>([...leaves, dy].map((leaf, i) => [leaf, randomArray(leaf.shape, i + 1)]))
  const read = (leaf: Node) => values.get(leaf) ?? otherLeaf(leaf, layer)
  const run = (at: (leaf: Node) => RefArray) => evaluate(trace.graph.live(), at)
  for (const [i, node] of [y.node, ...gradients].entries()) trace.graph.output(String(i), node)
  const analytic = run(read)
  const errors = leaves.map((leaf, i) => {
    const direction = randomArray(leaf.shape, 100 + i)
    const moved = (t: number) =>
      run((each) => (each === leaf ? along(read(each), direction, t) : read(each))).get(y.node) as RefArray
    const step = 1e-6
    const numeric = (dot(moved(step), read(dy)) - dot(moved(-step), read(dy))) / (2 * step)
    return Math.abs(dot(analytic.get(gradients[i]) as RefArray, direction) - numeric)
  })
  return Math.max(...errors)
}

const seed = (trace: Trace, y: Tensor) => trace.input('dy', y.shape, 'f32').node

/** Weights that are not trained have their first values; the batch is that of the graph. */
function otherLeaf(leaf: Node, layer: Layer): RefArray {
  const weight = layer.weights.find(({ key }) => key === leaf.attrs.name)
  if (weight) return { data: Float64Array.from(weight.read()), shape: weight.stored }
  const value = leaf.attrs.name === 'invBatch' ? 1 / 3 : Number(leaf.attrs.value ?? 1)
  return { data: Float64Array.of(value), shape: leaf.shape }
}

function along({ data, shape }: RefArray, direction: RefArray, t: number): RefArray {
  return { data: data.map((value, i) => value + t * direction.data[i]), shape }
}

function dot(a: RefArray, b: RefArray): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i], 0)
}

function checkLayer(check: LayerCheck): void {
  const { make, output, params } = check

  it('returns to itself by its config', () => {
    const config = make().getConfig()
    const layer = make()
    const again = layerFromConfig(layer.className, JSON.parse(JSON.stringify(config)))
    expect(again.getConfig()).toEqual(config)
    expect(again.constructor).toBe(layer.constructor)
  })

  it('has the shape and the weights it promises', () => {
    const layer = make()
    expect(layer.built).toBe(false)
    expect(layer.apply(entrances(check)).shape).toEqual([null, ...output])
    const count = (weights: Layer['weights']) => weights.reduce((sum, { size }) => sum + size, 0)
    expect([count(layer.trainableWeights), count(layer.nonTrainableWeights)]).toEqual(params)
    expect(layer.countParams()).toBe(params[0] + params[1])
  })

  it('gives the same predictions however the batch is cut, of the promised shape', async () => {
    const net = modelOf(check)
    const x = someInputs(check, 5)
    const whole = await net.predict(x)
    expect(whole.shape).toEqual([5, ...output])
    expect(await net.predict(x, { batchSize: 2 })).toEqual(whole)
    await net.dispose()
  })

  it('computes on the wasm backend what the reference computes', async () => {
    const expected = await stepOn(new ReferenceEngine(), check)
    const actual = await stepOn(new WasmEngine({ cores: 1 }), check)
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(2e-5 * (1 + Math.abs(expected[i])))
    })
  })

  it('has the gradients that central differences find', () => {
    expect(largestGradientError(check)).toBeLessThan(1e-6)
  })

  it('moves its weights in a training step', async () => {
    const net = modelOf(check)
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const before = net.weights.map((weight) => weight.read())
    if (params[0] > 0) {
      const logs = await net.trainOnBatch(someInputs(check, 4), someData([4, ...output]))
      expect(logs.loss).toBeGreaterThan(0)
      for (const [i, weight] of net.weights.entries())
        expect({ [weight.path]: weight.read() }).not.toEqual({ [weight.path]: before[i] })
    }
    net.trainable = false
    expect(net.trainableWeights).toEqual([])
    await net.dispose()
  })
}

describe.each(CHECKS.map((check, i) => [`${i} ${nameOf(check)}`, check] as const))('%s', (_, check) =>
  checkLayer(check),
)

function nameOf({ make }: LayerCheck): string {
  const layer = make()
  resetNames()
  return layer.className
}

it('covers every layer', () => {
  const checked = new Set<unknown>(CHECKS.map(({ make }) => make().constructor))
  expect(LAYER_CLASSES.filter((layer) => !checked.has(layer))).toEqual([])
})

it('says which class name is unknown', () => {
  expect(() => layerFromConfig('Conv2', {})).toThrow(
    'no layer has this class name, did you mean "Conv2D"?, received: "Conv2"',
  )
})
