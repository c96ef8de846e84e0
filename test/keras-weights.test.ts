/**
 * @file Weights beside a live Keras, from their first values over the steps of optimizers to constraints. Random numbers are
 * other ones there, so that of first values only statistics can be compared.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Constraint, constraints } from '../src/nn/constraints.ts'
import type { Initializer } from '../src/nn/initializers.ts'
import { descend, type Values } from '../src/nn/optimizers/testing.ts'
import {
  initializers,
  input,
  layers,
  losses,
  type Model,
  NdArray,
  optimizers,
  type Shape,
  sequential,
} from '../src/node.ts'
import { compileToKeras } from '../src/saving/compile-config.ts'
import { kerasJson, kerasObject, toKeras } from '../src/saving/spelling.ts'
import { expectClose, openKeras } from './oracles/keras.ts'
import { numbers, OPTIMIZERS, someClasses } from './oracles/networks.ts'

const { python, keras, folder } = openKeras()
const path = join(folder, 'net.keras')

const ROUNDING = 1e-5

// ------------------------------------------------------------------------------ first values

const SEED = { seed: 1 }
const RANDOM: readonly Initializer[] = [
  initializers.glorotUniform(SEED),
  initializers.glorotNormal(SEED),
  initializers.heUniform(SEED),
  initializers.heNormal(SEED),
  initializers.lecunUniform(SEED),
  initializers.lecunNormal(SEED),
  initializers.randomUniform({ ...SEED, minval: -0.1, maxval: 0.3 }),
  initializers.randomNormal({ ...SEED, mean: 1, stddev: 0.2 }),
  initializers.truncatedNormal({ ...SEED, mean: 1, stddev: 0.2 }),
  initializers.varianceScaling({ ...SEED, scale: 3, mode: 'fanOut', distribution: 'untruncatedNormal' }),
  initializers.varianceScaling({ ...SEED, scale: 0.5, mode: 'fanAvg', distribution: 'truncatedNormal' }),
  initializers.varianceScaling({ ...SEED, mode: 'fanIn', distribution: 'uniform' }),
]

/** A bias, a dense kernel, and kernels of Conv1D, Conv2D, DepthwiseConv2D. */
const SHAPES: readonly Shape[] = [[5000], [40, 300], [5, 30, 80], [3, 3, 24, 60], [5, 5, 200, 2]]
const CONSTANT: readonly (readonly [Initializer, Shape])[] = [
  [initializers.zeros(), [2, 3]],
  [initializers.ones(), [2, 3]],
  [initializers.constant({ value: 0.25 }), [2, 3]],
  [initializers.identity({ gain: 0.5 }), [3, 4]],
]

function firstValues({ className, config }: Initializer, shape: Shape): Promise<NdArray> {
  return keras.call('first_values', { config: kerasObject('keras.initializers', className, toKeras(config)), shape })
}

function statistics(values: ArrayLike<number>) {
  const all = Array.from(values).sort((a, b) => a - b)
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length
  const moment = (power: number) => all.reduce((sum, value) => sum + (value - mean) ** power, 0) / all.length
  const stddev = Math.sqrt(moment(2))
  return { mean, stddev, kurtosis: moment(4) / stddev ** 4, least: all[0], greatest: all[all.length - 1] }
}

describe.skipIf(!python)('first values', () => {
  it.each(RANDOM.flatMap((each) => SHAPES.map((shape) => [`${each.className} of [${shape}]`, each, shape] as const)))(
    '%s',
    async (_, initializer, shape) => {
      const [ours, theirs] = [initializer.values(shape), (await firstValues(initializer, shape)).data].map(statistics)
      // Six standard errors of the difference of two samples.
      const error = 6 * Math.sqrt(2 / shape.reduce((a, b) => a * b))
      expect(Math.abs(ours.mean - theirs.mean)).toBeLessThan(error * theirs.stddev)
      expect(Math.abs(ours.stddev - theirs.stddev)).toBeLessThan(error * theirs.stddev)
      expect(Math.abs(ours.kurtosis - theirs.kurtosis)).toBeLessThan(error * 5)
      // A normal distribution has a kurtosis of 3; bounds leave less, and both come near them.
      if (theirs.kurtosis > 2.7) return
      const range = theirs.greatest - theirs.least
      expect(Math.abs(ours.least - theirs.least)).toBeLessThan(0.02 * range)
      expect(Math.abs(ours.greatest - theirs.greatest)).toBeLessThan(0.02 * range)
    },
  )

  it.each(CONSTANT.map(([each, shape]) => [each.className, each, shape] as const))('%s', async (_, each, shape) => {
    expectClose(new NdArray(each.values(shape), shape), await firstValues(each, shape), ROUNDING)
  })

  it.each([[[3, 5]], [[5, 3]], [[2, 2, 3, 4]]])('Orthogonal of %j: products of its rows or columns', async (shape) => {
    const each = initializers.orthogonal({ gain: 2, seed: 1 })
    const columns = shape[shape.length - 1]
    const products = (data: ArrayLike<number>) => {
      const rows = data.length / columns
      const at =
        rows < columns
          ? (i: number, k: number) => data[i * columns + k]
          : (i: number, k: number) => data[k * columns + i]
      const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
      const product = (i: number, j: number) =>
        Array.from({ length }, (_, k) => at(i, k) * at(j, k)).reduce((a, b) => a + b)
      return Array.from({ length: count * count }, (_, n) => product(Math.floor(n / count), n % count))
    }
    expectClose(products(each.values(shape)), products((await firstValues(each, shape)).data), ROUNDING)
  })
})

// ------------------------------------------------------------------------------ steps

const STEPS = 10
const START: Values = { kernel: [...numbers([6], 1).data], bias: [...numbers([4], 2).data] }

/** Sizes from a thousandth to ten side by side, where an epsilon in the wrong place shows. */
const GRADIENTS: readonly Values[] = Array.from({ length: STEPS }, (_, step) => {
  const drawn = (size: number, seed: number) =>
    [...numbers([size], seed).data].map((value, i) => Math.fround(value * 10 ** (((i + step) % 5) - 3)))
  return { kernel: drawn(6, 10 + step), bias: drawn(4, 30 + step) }
})

const arraysOf = (values: Values) =>
  Object.values(values).map((each) => new NdArray(Float32Array.from(each), [each.length]))

describe.skipIf(!python)('ten steps with the same gradients', () => {
  it.each(Object.entries(OPTIMIZERS))('%s', async (_, make) => {
    const { optimizer } = compileToKeras({ optimizer: make(), loss: 'mse' }) ?? {}
    const theirs = await keras.call<NdArray[][]>('take_steps', {
      config: kerasJson(optimizer ?? null),
      start: arraysOf(START),
      gradients: GRADIENTS.map(arraysOf),
    })
    const ours = GRADIENTS.map((_, step) => {
      const state = descend(make(), START, GRADIENTS.slice(0, step + 1))
      return arraysOf({ kernel: state.get('kernel') ?? [], bias: state.get('bias') ?? [] })
    })
    expectClose(ours, theirs, ROUNDING)
  })
})

// ------------------------------------------------------------------------------ constraints

const CONSTRAINTS: { readonly [name: string]: Constraint } = {
  maxNorm: constraints.maxNorm(),
  'maxNorm 0.5': constraints.maxNorm({ maxValue: 0.5 }),
  'maxNorm, last axis': constraints.maxNorm({ maxValue: 0.5, axis: -1 }),
  nonNeg: constraints.nonNeg(),
  unitNorm: constraints.unitNorm(),
  'minMaxNorm, half of the way': constraints.minMaxNorm({ minValue: 0.9, maxValue: 1.1, rate: 0.5 }),
}
/** Those whose vectors are filters. */
const OF_KERNELS: { readonly [name: string]: Constraint } = {
  'maxNorm of filters': constraints.maxNorm({ maxValue: 0.5, axis: [0, 1, 2] }),
  'unitNorm of filters': constraints.unitNorm({ axis: [0, 1, 2] }),
  'minMaxNorm of filters': constraints.minMaxNorm({ minValue: 0.5, maxValue: 2, axis: [0, 1, 2] }),
  'unitNorm of pixels': constraints.unitNorm({ axis: [0, 1] }),
}

/** Kernels of all kinds under one constraint; biases and factors, which have one axis, under another. */
function constrained(ofKernels: Constraint, ofVectors: Constraint | null): Model {
  const [kernelConstraint, biasConstraint] = [ofKernels, ofVectors]
  return sequential([
    input({ shape: [8, 8, 3] }),
    layers.conv2d({ filters: 4, kernelSize: 3, kernelConstraint, biasConstraint }),
    layers.batchNormalization({ gammaConstraint: ofVectors, betaConstraint: ofVectors }),
    layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, depthwiseConstraint: ofKernels }),
    layers.separableConv2d({
      filters: 6,
      kernelSize: 3,
      depthwiseConstraint: ofKernels,
      pointwiseConstraint: ofKernels,
      biasConstraint,
    }),
    layers.conv2dTranspose({ filters: 3, kernelSize: 2, kernelConstraint, biasConstraint }),
    layers.globalAveragePooling2d(),
    layers.dense({ units: 3, kernelConstraint: ofVectors, biasConstraint }),
  ])
}

describe.skipIf(!python)('constraints', () => {
  it.each([
    ...Object.entries(CONSTRAINTS).map(([name, each]) => [name, each, each] as const),
    ...Object.entries(OF_KERNELS).map(([name, each]) => [name, each, null] as const),
  ])('%s', async (_, ofKernels, ofVectors) => {
    const net = constrained(ofKernels, ofVectors)
    net.setWeights(net.getWeights().map(({ shape }, i) => numbers(shape, i + 1)))
    // From scores: of probabilities below 1e-7 most of Keras's backends pass no gradient on.
    const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true })
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss })
    await net.save(path)
    const [x, y] = [numbers([4, 8, 8, 3]), someClasses(4, 3)]
    const theirs = await keras.call<{ weights: NdArray[] }>('train_from_file', { path, x, y, steps: 1 })
    await net.trainOnBatch(x, y)
    expectClose(net.getWeights(), theirs.weights, ROUNDING)
    await net.dispose()
  })
})
