/** @file Settings that cannot learn: refused where the result cannot be right, else said once. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ReferenceEngine } from '../backends/reference/reference-engine.ts'
import type { ActivationName } from '../nn/activations.ts'
import { layers } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { type Loss, losses } from '../nn/losses/index.ts'
import { resetNames } from '../nn/names.ts'
import { setEngineFactory, setScreen } from './environment.ts'
import type { Model } from './model.ts'
import { sequential } from './sequential.ts'

let lines: string[]
beforeEach(() => {
  lines = []
  resetNames()
  setEngineFactory(async () => new ReferenceEngine())
  const silent = { interactive: false, columns: 80, color: false, print() {}, draw() {}, endDrawing() {} }
  setScreen({ ...silent, warn: (line) => lines.push(line) })
})

const X = [
  [0, 1],
  [1, 0],
  [1, 1],
  [0.5, 0.25],
]
const quiet = { verbose: 0 } as const

function net(units: number, activation: ActivationName | undefined, loss: string | Loss): Model {
  const made = sequential([
    input({ shape: [2] }),
    layers.dense({ units, ...(activation ? { activation } : {}), name: 'out' }),
  ])
  made.compile({ optimizer: 'sgd', loss })
  return made
}

type Rows = number[] | number[][]

const CLASSES = [0, 1, 2, 0]
const ROWS = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 0],
]
const YES = [[1], [0], [1], [0]]
const MANY = [
  [1, 0, 1],
  [0, 1, 1],
  [0, 0, 1],
  [1, 0, 0],
]

const sparse = losses.sparseCategoricalCrossentropy({ fromLogits: true })
const binary = losses.binaryCrossentropy({ fromLogits: true })

describe('warned of once a model', () => {
  it.each<[string, number, ActivationName | undefined, string | Loss, Rows, string]>([
    [
      'Dense(1, softmax)',
      1,
      'softmax',
      'meanSquaredError',
      YES,
      'out: a softmax of one number is always 1: sigmoid is for a single output',
    ],
    [
      'Dense(1, softmax) with binary loss',
      1,
      'softmax',
      'binaryCrossentropy',
      YES,
      'out: a softmax of one number is always 1',
    ],
    [
      'categorical loss, one output',
      1,
      'sigmoid',
      'categoricalCrossentropy',
      YES,
      'has nothing to choose from, as out has one output: binaryCrossentropy',
    ],
    [
      'focal loss, one output',
      1,
      'sigmoid',
      'categoricalFocalCrossentropy',
      YES,
      'categoricalFocalCrossentropy has nothing to choose from',
    ],
    [
      'binary loss of scores',
      1,
      undefined,
      'binaryCrossentropy',
      YES,
      'takes probabilities, but out makes any numbers: give it the activation sigmoid, or the loss fromLogits: true',
    ],
    ['binary loss after relu', 1, 'relu', 'binaryCrossentropy', YES, 'out makes any numbers'],
    ['binary loss after tanh', 1, 'tanh', 'binaryFocalCrossentropy', YES, 'out makes any numbers'],
    [
      'sparse loss of scores',
      3,
      undefined,
      'sparseCategoricalCrossentropy',
      CLASSES,
      'the activation softmax, or the loss fromLogits: true',
    ],
    [
      'categorical loss of scores',
      3,
      undefined,
      'categoricalCrossentropy',
      ROWS,
      'the activation softmax, or the loss',
    ],
    ['divergence of scores', 3, undefined, 'klDivergence', ROWS, 'give it the activation softmax'],
    [
      'binary loss of a softmax',
      3,
      'softmax',
      'binaryCrossentropy',
      MANY,
      'judges each output by itself, but the softmax of out makes them add up to 1',
    ],
    [
      'fromLogits after softmax',
      3,
      'softmax',
      sparse,
      CLASSES,
      'was told fromLogits, scores, but out makes probabilities with its softmax',
    ],
    ['fromLogits after sigmoid', 1, 'sigmoid', binary, YES, 'with its sigmoid: leave one out'],
    [
      'labels of one class',
      3,
      'softmax',
      'sparseCategoricalCrossentropy',
      [2, 2, 2, 2],
      'all 4 examples have the target 2: a model learns to answer nothing else',
    ],
    [
      'rows of one class',
      3,
      'softmax',
      'categoricalCrossentropy',
      ROWS.map(() => [0, 1, 0]),
      'all 4 examples have the target [0, 1, 0]',
    ],
    ['nothing but zeros', 1, 'sigmoid', 'binaryCrossentropy', [[0], [0], [0], [0]], 'all 4 examples have the target 0'],
  ])('%s', async (_, units, activation, loss, y, expected) => {
    const made = net(units, activation, loss)
    await made.fit(X, y, quiet)
    await made.fit(X, y, { ...quiet, batchSize: 3 })
    expect(lines).toEqual([expect.stringContaining(expected)])
  })

  it('a model without trainable weights', async () => {
    const made = sequential([input({ shape: [2] }), layers.dense({ units: 2, trainable: false })], { name: 'frozen' })
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await made.trainOnBatch(X, X)
    expect(lines).toEqual(['frozen has no trainable weights: nothing is learned'])
  })
})

describe('nothing is said of what learns', () => {
  it.each<[number, ActivationName | undefined, string | Loss, Rows]>([
    [1, 'sigmoid', 'binaryCrossentropy', YES],
    [3, 'sigmoid', 'binaryCrossentropy', MANY],
    [3, 'hardSigmoid', 'binaryCrossentropy', MANY],
    [1, undefined, binary, YES],
    [3, 'softmax', 'sparseCategoricalCrossentropy', CLASSES],
    [3, 'softmax', 'sparseCategoricalCrossentropy', ROWS],
    [3, undefined, sparse, CLASSES],
    [3, 'softmax', 'categoricalCrossentropy', [[0.3, 0.3, 0.4], ...ROWS.slice(1)]],
    [3, 'sigmoid', 'categoricalCrossentropy', ROWS],
    [1, undefined, 'meanSquaredError', [[5], [5], [5], [5]]],
    [1, 'tanh', 'hinge', [[-1], [1], [1], [-1]]],
    [1, 'exponential', 'poisson', [[2], [3], [4], [0]]],
  ])('%s, %s, %o', async (units, activation, loss, y) => {
    await net(units, activation, loss).fit(X, y, quiet)
    expect(lines).toEqual([])
  })
})

describe('refused', () => {
  it.each<[number, ActivationName, string, Rows, string]>([
    [
      3,
      'softmax',
      'sparseCategoricalCrossentropy',
      [[0.25, 0.5, 0.25], ...ROWS.slice(1)],
      'sparseCategoricalCrossentropy takes class numbers or one-hot rows, categoricalCrossentropy any rows, received: [0.25, 0.5, 0.25]',
    ],
    [3, 'softmax', 'sparseCategoricalCrossentropy', [...ROWS.slice(1), [0, 0, 0]], 'received: [0, 0, 0]'],
    [3, 'softmax', 'sparseCategoricalCrossentropy', [[5, -2, 9], ...ROWS.slice(1)], 'received: [5, -2, 9]'],
    [3, 'softmax', 'sparseCategoricalCrossentropy', MANY, 'received: [1, 0, 1]'],
    [
      1,
      'sigmoid',
      'binaryCrossentropy',
      [[-1], [1], [1], [-1]],
      'binaryCrossentropy takes targets from 0 to 1 (hinge takes -1 and 1), received: -1',
    ],
    [1, 'sigmoid', 'binaryCrossentropy', CLASSES, 'binaryCrossentropy takes targets from 0 to 1, received: 2'],
    [1, 'sigmoid', 'binaryCrossentropy', [[Number.NaN], [1], [1], [0]], 'received: NaN'],
    [
      3,
      'softmax',
      'categoricalCrossentropy',
      [[5, -2, 9], ...ROWS.slice(1)],
      'categoricalCrossentropy takes targets of at least 0, received: -2',
    ],
    [
      1,
      'sigmoid',
      'sparseCategoricalCrossentropy',
      YES,
      'as out has 1 outputs (binaryCrossentropy is for one output), received: 1',
    ],
  ])('%s outputs, %s, %s: %j', async (units, activation, loss, y, message) => {
    await expect(net(units, activation, loss).fit(X, y, quiet)).rejects.toThrow(message)
    await expect(net(units, activation, loss).evaluate(X, y, quiet)).rejects.toThrow(message)
  })

  it('but rows of probabilities still serve metrics of classes', async () => {
    const made = net(3, 'softmax', 'categoricalCrossentropy')
    made.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['acc', 'topKCategoricalAccuracy'] })
    expect(await made.evaluate(X, [[0.34, 0.33, 0.33], ...ROWS.slice(1)], quiet)).toHaveLength(3)
  })
})
