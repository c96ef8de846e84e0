/** @file Regularizers and constraints in training, as in Keras: penalties are part of every loss, constraints follow every step. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type Constraint, constraints } from '../nn/constraints.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { regularizers } from '../nn/regularizers.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { setEngineFactory } from './environment.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'
import { ENGINES } from './testing.ts'

const KERNEL = Float32Array.of(3, -1, 4, 2)
const array = (values: readonly number[], ...shape: number[]) => new NdArray(Float32Array.from(values), shape)
/** Inputs of 0: the error is 0 and has no gradient, whatever the kernel. */
const zeros = (images: number) => array(Array(2 * images).fill(0), images, 2)

type DenseArgs = Omit<Parameters<typeof layers.dense>[0], 'units'>

function network(args: DenseArgs, learningRate = 0.5): Model {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 2, useBias: false, ...args })])
  net.setWeights([new NdArray(KERNEL, [2, 2])])
  net.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' })
  return net
}

const kernelOf = (net: Model) => [...net.getWeights()[0].data]

describe.each(ENGINES)('on %s', (_, makeEngine) => {
  beforeEach(() => {
    setEngineFactory(makeEngine)
    setRandomSeed(0)
  })

  it('penalties of weights are added to the loss and move the weights', async () => {
    const net = network({ kernelRegularizer: regularizers.l1l2({ l1: 0.1, l2: 0.01 }) })
    const penalty = 0.1 * 10 + 0.01 * 30
    expect(await net.evaluate(zeros(3), zeros(3), { verbose: 0, batchSize: 2 })).toEqual([expect.closeTo(penalty, 5)])
    const { loss } = await net.trainOnBatch(zeros(3), zeros(3))
    expect(loss).toBeCloseTo(penalty, 5)
    const expected = [...KERNEL].map((w) => w - 0.5 * (0.1 * Math.sign(w) + 0.02 * w))
    for (const [i, w] of kernelOf(net).entries()) expect(w).toBeCloseTo(expected[i], 5)
    await net.dispose()
  })

  // Kernels after a step as Keras 3.15 computes them, of what `KERNEL` is.
  it.each([
    ['rows', 10 / Math.sqrt(10 * 20), [2.9964645, -1.0106066, 3.9964645, 2.007071]],
    ['columns', 5 / Math.sqrt(25 * 5), [3.0071554, -1.0178885, 3.9946334, 1.9910557]],
  ] as const)('%s of a kernel are brought to right angles', async (mode, cosine, expected) => {
    const net = network({ kernelRegularizer: regularizers.orthogonal({ factor: 0.1, mode }) })
    const { loss } = await net.trainOnBatch(zeros(3), zeros(3))
    expect(loss).toBeCloseTo(0.1 * 0.5 * 2 * cosine, 5)
    for (const [i, w] of kernelOf(net).entries()) expect(w).toBeCloseTo(expected[i], 5)
    await net.dispose()
  })

  it('penalties of results are means over the images of a batch', async () => {
    const net = network({ activityRegularizer: 'l2' }, 0)
    const x = array([1, 0, 0, 1], 2, 2)
    const y = array([3, -1, 4, 2], 2, 2)
    expect((await net.trainOnBatch(x, y)).loss).toBeCloseTo((0.01 * 30) / 2, 5)
    const history = await net.fit(x, y, { batchSize: 1, verbose: 0 })
    expect(history.history.loss[0]).toBeCloseTo((0.01 * 10 + 0.01 * 20) / 2, 5)
    await net.dispose()
  })

  it('constraints are met after a step', async () => {
    const net = network({ kernelConstraint: constraints.maxNorm({ maxValue: 1 }) })
    await net.trainOnBatch(zeros(1), zeros(1))
    const [a, b, c, d] = kernelOf(net)
    expect([Math.hypot(a, c), Math.hypot(b, d)]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)])
    expect(a / c).toBeCloseTo(3 / 4, 5)
    await net.dispose()
  })
})

it('an orthogonal regularizer names what it cannot take', async () => {
  const conv = layers.conv2d({ filters: 2, kernelSize: 3, kernelRegularizer: 'orthogonal', name: 'conv2d' })
  const net = sequential([input({ shape: [4, 4, 1] }), conv, layers.flatten(), layers.dense({ units: 1 })])
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const step = net.trainOnBatch(array(Array(16).fill(1), 1, 4, 4, 1), array([1], 1, 1))
  await expect(step).rejects.toThrow(
    'conv2d/kernel: an orthogonal regularizer needs weights with two axes, received: [3, 3, 1, 2]',
  )
  const dense = layers.dense({ units: 1, activityRegularizer: 'orthogonal', name: 'head' })
  expect(() => sequential([input({ shape: [16] }), dense])).toThrow(
    'head (Dense): an orthogonal regularizer is for weights, received: results',
  )
})

describe('constraints', () => {
  beforeEach(() => setEngineFactory(ENGINES[0][1]))

  const [first, second] = [5, Math.sqrt(5)]
  it.each<[string, Constraint, readonly number[]]>([
    ['maxNorm', constraints.maxNorm({ maxValue: 3 }), [9 / first, -1, 12 / first, 2]],
    ['unitNorm', constraints.unitNorm(), [3 / first, -1 / second, 4 / first, 2 / second]],
    ['nonNeg', constraints.nonNeg(), [3, 0, 4, 2]],
    [
      'minMaxNorm, half of the way',
      constraints.minMaxNorm({ minValue: 3, maxValue: 4, rate: 0.5 }),
      [(3 * 4.5) / first, -(3 + second) / 2 / second, (4 * 4.5) / first, (2 * (3 + second)) / 2 / second],
    ],
    [
      'unitNorm of rows',
      constraints.unitNorm({ axis: 1 }),
      [3 / 10 ** 0.5, -1 / 10 ** 0.5, 4 / 20 ** 0.5, 2 / 20 ** 0.5],
    ],
    ['unitNorm over all axes', constraints.unitNorm({ axis: [0, 1] }), [3, -1, 4, 2].map((w) => w / Math.sqrt(30))],
  ])('%s', async (_name, kernelConstraint, expected) => {
    const net = network({ kernelConstraint })
    await net.trainOnBatch(zeros(1), zeros(1))
    for (const [i, w] of kernelOf(net).entries()) expect(w).toBeCloseTo(expected[i], 5)
    await net.dispose()
  })

  it('take their arguments from names and configs, and refuse axes that are not there', async () => {
    const constraintOf = (kernelConstraint: unknown) =>
      layers.dense({ units: 1, kernelConstraint: kernelConstraint as 'maxNorm' }).config.kernelConstraint?.config
    expect(constraintOf('max_norm')).toEqual({ maxValue: 2, axis: 0 })
    expect(constraintOf({ className: 'MaxNorm', config: { maxValue: 1 } })).toEqual({ maxValue: 1, axis: 0 })
    expect(() => constraintOf('biggest')).toThrow(
      'kernelConstraint must be one of maxNorm, nonNeg, unitNorm, minMaxNorm',
    )
    const net = network({ kernelConstraint: constraints.unitNorm({ axis: [0, -2] }) })
    await expect(net.trainOnBatch(zeros(1), zeros(1))).rejects.toThrow(
      "a constraint's axis must name axes of [2, 2], each once, received: [0, -2]",
    )
    await net.dispose()
  })
})

it('frozen weights have no penalty', async () => {
  setEngineFactory(ENGINES[0][1])
  const net = sequential([
    input({ shape: [2] }),
    layers.dense({ units: 2, kernelRegularizer: 'l2', trainable: false }),
    layers.dense({ units: 2, useBias: false }),
  ])
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  expect(await net.evaluate(zeros(1), zeros(1), { verbose: 0 })).toEqual([0])
  await net.dispose()
})
