/** @file Tests of losses: values against Keras's formulas written out for one row, gradients against differences. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../ir/node.ts'
import { sigmoid, softmax } from '../../ops/index.ts'
import { losses, lossOf } from './index.ts'
import type { Loss } from './loss.ts'
import { measureLoss, type Rows } from './testing.ts'

const EPSILON = 1e-7
const clip = (p: number, low = EPSILON, high = 1 - EPSILON) => Math.min(Math.max(p, low), high)
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const mean = (values: readonly number[]) => sum(values) / values.length
const softmaxOf = (x: readonly number[]) => x.map((v) => Math.exp(v) / sum(x.map((w) => Math.exp(w))))
const sigmoidOf = (x: number) => 1 / (1 + Math.exp(-x))

/** The loss of one row of targets and outputs. */
type Formula = (y: readonly number[], p: readonly number[]) => number
/** The mean over elements. */
const each =
  (f: (y: number, p: number) => number): Formula =>
  (y, p) =>
    mean(y.map((value, i) => f(value, p[i])))

const smooth = (y: number, s: number, classes: number) => y * (1 - s) + s / classes
const binary = (y: number, p: number) => -y * Math.log(clip(p)) - (1 - y) * Math.log(clip(1 - p))
const normalized = (p: readonly number[]) => p.map((value) => clip(value / sum(p)))
const crossentropy: Formula = (y, p) => -sum(normalized(p).map((value, i) => y[i] * Math.log(value)))
const cosine: Formula = (y, p) => sum(y.map((value, i) => value * p[i])) / (Math.hypot(...y) * Math.hypot(...p))

const focal = (gamma: number, alpha: (y: number) => number) =>
  each((y, p) => {
    const right = y * p + (1 - y) * (1 - p)
    return alpha(y) * (1 - right) ** gamma * binary(y, p)
  })
const classFocal =
  (gamma: number, alpha: number): Formula =>
  (y, p) =>
    -sum(normalized(p).map((q, i) => alpha * (1 - q) ** gamma * y[i] * Math.log(q)))

const overlap =
  (alpha: number, beta: number): Formula =>
  (y, p) => {
    const both = sum(y.map((value, i) => value * p[i]))
    const missed = sum(y.map((value, i) => value * (1 - p[i])))
    const tooMuch = sum(y.map((value, i) => (1 - value) * p[i]))
    return 1 - both / (both + alpha * missed + beta * tooMuch)
  }

const onehot: Rows = [
  [0, 1, 0],
  [1, 0, 0],
  [0.2, 0.3, 0.5],
]
const probabilities: Rows = [
  [0.2, 0.7, 0.1],
  [0.05, 0.05, 0.9],
  [0.3, 0.3, 0.4],
]
const scores: Rows = [
  [2, -1, 0.5],
  [-3, 0.25, 1],
  [0.1, 40, -40],
]
const numbers: Rows = [
  [3, 0.5, 1.25],
  [0.75, 4, 0.125],
  [2.5, 1, 0.3],
]
const bits: Rows = [
  [0, 1, 1],
  [1, 0, 0],
  [1, 1, 0],
]
const signs: Rows = bits.map((row) => row.map((bit) => 2 * bit - 1))
const L = losses

const cases: [string, Loss, Rows, Rows, Formula][] = [
  ['', L.meanSquaredError(), numbers, scores, each((y, p) => (y - p) ** 2)],
  ['', L.meanAbsoluteError(), numbers, scores, each((y, p) => Math.abs(y - p))],
  ['', L.meanAbsolutePercentageError(), numbers, scores, each((y, p) => (100 * Math.abs(y - p)) / y)],
  ['', L.meanSquaredLogarithmicError(), numbers, probabilities, each((y, p) => Math.log((1 + y) / (1 + p)) ** 2)],
  ['', L.logCosh(), numbers, scores.map((row) => row.map((x) => x / 3)), each((y, p) => Math.log(Math.cosh(p - y)))],
  ['', L.huber(), numbers, scores, each((y, p) => (Math.abs(y - p) <= 1 ? (y - p) ** 2 / 2 : Math.abs(y - p) - 0.5))],
  [
    'delta 3',
    L.huber({ delta: 3 }),
    numbers,
    scores,
    each((y, p) => {
      const e = Math.abs(y - p)
      return e <= 3 ? e ** 2 / 2 : 3 * e - 4.5
    }),
  ],
  ['', L.cosineSimilarity(), numbers, scores, (y, p) => -cosine(y, p)],
  ['', L.poisson(), numbers, probabilities, each((y, p) => p - y * Math.log(p + EPSILON))],
  [
    '',
    L.klDivergence(),
    onehot,
    probabilities,
    (y, p) => sum(y.map((value, i) => clip(value, EPSILON, 1) * Math.log(clip(value, EPSILON, 1) / p[i]))),
  ],
  ['', L.categoricalCrossentropy(), onehot, probabilities, crossentropy],
  ['unnormalized', L.categoricalCrossentropy(), onehot, numbers, crossentropy],
  [
    'smoothed',
    L.categoricalCrossentropy({ labelSmoothing: 0.2 }),
    onehot,
    probabilities,
    (y, p) =>
      crossentropy(
        y.map((value) => smooth(value, 0.2, 3)),
        p,
      ),
  ],
  [
    'of scores',
    L.categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 }),
    onehot,
    scores,
    (y, x) => {
      const rest = Math.log(sum(x.map(Math.exp)))
      return sum(y.map((value, i) => smooth(value, 0.1, 3) * (rest - x[i])))
    },
  ],
  ['', L.sparseCategoricalCrossentropy(), [[1], [0], [2]], probabilities, ([label], p) => -Math.log(p[label] / sum(p))],
  [
    'of scores',
    L.sparseCategoricalCrossentropy({ fromLogits: true }),
    [[1], [0], [2]],
    scores,
    ([label], x) => Math.log(sum(x.map(Math.exp))) - x[label],
  ],
  ['', L.categoricalFocalCrossentropy(), onehot, probabilities, classFocal(2, 0.25)],
  [
    'gamma 1.5, of scores',
    L.categoricalFocalCrossentropy({ gamma: 1.5, alpha: 1, fromLogits: true }),
    onehot,
    scores.slice(0, 2),
    (y, x) => classFocal(1.5, 1)(y, softmaxOf(x)),
  ],
  ['gamma 0 is plain', L.categoricalFocalCrossentropy({ gamma: 0, alpha: 1 }), onehot, probabilities, crossentropy],
  ['', L.binaryCrossentropy(), bits, probabilities, each(binary)],
  [
    'smoothed',
    L.binaryCrossentropy({ labelSmoothing: 0.2 }),
    bits,
    probabilities,
    each((y, p) => binary(smooth(y, 0.2, 2), p)),
  ],
  [
    'of scores',
    L.binaryCrossentropy({ fromLogits: true }),
    bits,
    scores,
    each((y, x) => Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x)))),
  ],
  ['', L.binaryFocalCrossentropy(), bits, probabilities, focal(2, () => 1)],
  [
    'balanced, gamma 1',
    L.binaryFocalCrossentropy({ applyClassBalancing: true, gamma: 1 }),
    bits,
    probabilities,
    focal(1, (y) => (y === 1 ? 0.25 : 0.75)),
  ],
  [
    'of scores, gamma 3',
    L.binaryFocalCrossentropy({ fromLogits: true, gamma: 3 }),
    bits,
    scores.slice(0, 2),
    (y, x) => focal(3, () => 1)(y, x.map(sigmoidOf)),
  ],
  ['', L.dice({ axis: 1 }), bits, probabilities, overlap(0.5, 0.5)],
  ['', L.tversky({ alpha: 0.3, beta: 0.6, axis: -1 }), bits, probabilities, overlap(0.3, 0.6)],
  ['', L.hinge(), signs, scores, each((y, p) => Math.max(1 - y * p, 0))],
  ['', L.squaredHinge(), signs, scores, each((y, p) => Math.max(1 - y * p, 0) ** 2)],
  [
    '',
    L.categoricalHinge(),
    onehot,
    scores,
    (y, p) => {
      const right = sum(y.map((value, i) => value * p[i]))
      return Math.max(0, 1 + Math.max(...p.map((score, i) => (1 - y[i]) * score)) - right)
    },
  ],
]

describe.each(cases.map(([note, loss, ...rest]) => [`${loss.name} ${note}`, loss, ...rest] as const))(
  '%s',
  (_, loss, targets, outputs, formula) => {
    const rows = targets.slice(0, outputs.length)

    it('has the values of its formula', () => {
      const { images } = measureLoss(loss, rows, outputs)
      images.forEach((value, i) => {
        expect(value).toBeCloseTo(formula(rows[i], outputs[i]), 6)
      })
    })

    it('has the gradient of its values', () => {
      const { gradient } = measureLoss(loss, rows, outputs)
      const step = 1e-6
      outputs.forEach((row, i) => {
        row.forEach((_, k) => {
          const at = (move: number) =>
            formula(
              rows[i],
              row.map((value, j) => value + (j === k ? move : 0)),
            )
          expect(gradient[i * row.length + k]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4)
        })
      })
    })
  },
)

describe('probabilities of known origin', () => {
  const far = [[1000, 900]]
  const origins: [Loss, Rows, (x: Node) => Node, number][] = [
    [losses.sparseCategoricalCrossentropy(), [[1]], softmax, 100],
    [losses.categoricalCrossentropy(), [[0, 1]], softmax, 100],
    [losses.binaryCrossentropy(), [[0, 0]], sigmoid, 950],
  ]

  it.each(origins)('are not clipped: the loss of the scores is taken', (loss, y, activation, expected) => {
    expect(measureLoss(loss, y, far, activation).images).toEqual([expected])
  })

  it.each(origins)('have the gradient p - y, also at 0', (loss, y, activation) => {
    const { gradient } = measureLoss(loss, y, [[0, 0]], activation)
    const onehot = y[0].length === 1 ? [0, 1] : y[0]
    const share = activation === sigmoid ? 0.5 : 1
    expect(gradient).toEqual(onehot.map((value) => share * (0.5 - value)))
  })

  it('others are clipped', () => {
    const [value] = measureLoss(losses.sparseCategoricalCrossentropy(), [[1]], [[1, 0]]).images
    expect(value).toBeCloseTo(16.1181, 4)
  })
})

it('rows without direction have a cosine of 0 and a finite gradient', () => {
  const { images, gradient } = measureLoss(losses.cosineSimilarity(), [[0, 0]], [[1, 2]])
  expect(images[0]).toBeCloseTo(0, 12)
  expect(gradient.every(Number.isFinite)).toBe(true)
})

describe('names', () => {
  it('may be spelled as in Keras, or short', () => {
    expect(lossOf('sparse_categorical_crossentropy').name).toBe('sparseCategoricalCrossentropy')
    expect(lossOf('log_cosh').name).toBe('logCosh')
    expect(lossOf('mse').name).toBe('meanSquaredError')
    expect(lossOf('kld').name).toBe('klDivergence')
  })

  it('and arguments are refused with a suggestion', () => {
    expect(() => lossOf('meanSquareError')).toThrow('compile: unknown loss, did you mean "meanSquaredError"?')
    expect(() => losses.huber({ delta: 0 })).toThrow('huber: delta must be a number > 0, received: 0')
    expect(() => losses.binaryCrossentropy({ labelSmoothing: 2 })).toThrow(
      'labelSmoothing must be a number >= 0 and <= 1',
    )
  })
})

/** Values of Keras 3.15.1. */
describe('sparseCategoricalCrossentropy that ignores a class', () => {
  const p = [
    [0.7, 0.2, 0.1],
    [0.1, 0.3, 0.6],
    [0.2, 0.2, 0.6],
    [0.25, 0.5, 0.25],
  ]
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

  it.each([
    ['that is no class', 255, [[0], [2], [255], [1]], 0.5202159285545349],
    ['below the classes', -1, [[0], [2], [-1], [1]], 0.5202159285545349],
    ['the first', 0, [[0], [2], [0], [1]], 0.6019864082336426],
    ['the last', 2, [[0], [2], [0], [1]], 0.8864200711250305],
    ['of all rows', 255, [[255], [255], [255], [255]], 0],
  ])('%s', (_, ignoreClass, labels, expected) => {
    const loss = losses.sparseCategoricalCrossentropy({ ignoreClass })
    const { images, gradient } = measureLoss(loss, labels, p)
    expect(mean(images)).toBeCloseTo(expected, 6)
    labels.forEach(([label], row) => {
      if (label === ignoreClass) expect(gradient.slice(3 * row, 3 * row + 3)).toEqual([0, 0, 0])
    })
    const step = 1e-5
    const [i, k] = [1, 2]
    const at = (delta: number) =>
      measureLoss(
        loss,
        labels,
        p.map((row, r) => row.map((v, c) => (r === i && c === k ? v + delta : v))),
      )
    const slope = at(step).images.reduce((a, b) => a + b) - at(-step).images.reduce((a, b) => a + b)
    expect(gradient[3 * i + k]).toBeCloseTo(slope / (2 * step), 6)
  })
})
