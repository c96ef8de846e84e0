/** @file Tests of metrics against Keras's definitions, over batches and with weights. */
import { describe, expect, it } from 'vitest'
import { NdArray } from '../../tensor/ndarray.ts'
import { confusionMatrix } from './confusion-matrix.ts'
import { type Metric, metricOf, metrics } from './index.ts'
import { measureMetric } from './testing.ts'

describe('accuracy', () => {
  const p = [
    [0.5, 0.5, 0],
    [0.2, 0.2, 0.6],
    [0.1, 0.8, 0.1],
  ]

  it('of classes takes the first of equal scores', () => {
    for (const metric of [metrics.accuracy(), metrics.categoricalAccuracy(), metrics.sparseCategoricalAccuracy()]) {
      expect(measureMetric(metric, { y: [0, 2, 2], p })).toBeCloseTo(2 / 3, 12)
      expect(measureMetric(metric, { y: [1, 1, 1], p })).toBeCloseTo(1 / 3, 12)
    }
  })

  it('of one output looks at the side of the threshold; the threshold itself counts as 0', () => {
    const batch = { y: [1, 0, 1, 0], p: [[0.7], [0.5], [0.4], [0.2]] }
    expect(measureMetric(metrics.accuracy(), batch)).toBe(0.75)
    expect(measureMetric(metrics.binaryAccuracy(), batch)).toBe(0.75)
    expect(measureMetric(metrics.binaryAccuracy({ threshold: 0.3 }), batch)).toBe(0.75)
    expect(measureMetric(metrics.binaryAccuracy({ threshold: 0.65 }), batch)).toBe(0.75)
  })

  it('averages over batches by their images, or by weights', () => {
    const right = { y: [0], p: [[0.9, 0.1]] }
    const wrong = {
      y: [0, 0, 0],
      p: [
        [0.1, 0.9],
        [0.1, 0.9],
        [0.1, 0.9],
      ],
    }
    expect(measureMetric(metrics.accuracy(), right, wrong)).toBe(0.25)
    const weighted = [
      { ...right, weights: [6] },
      { ...wrong, weights: [1, 1, 0] },
    ]
    expect(measureMetric(metrics.accuracy(), ...weighted)).toBe(0.75)
    expect(measureMetric(metrics.accuracy(), { ...right, weights: [0] })).toBe(0)
  })

  it('counts every position of a picture', () => {
    const p = [
      [
        [
          [0.9, 0.1],
          [0.4, 0.6],
        ],
      ],
      [
        [
          [0.9, 0.1],
          [0.3, 0.7],
        ],
      ],
    ]
    expect(measureMetric(metrics.accuracy(), { y: [[[0, 0]], [[0, 1]]], p })).toBe(0.75)
  })
})

describe('topK', () => {
  const p = [
    [0.1, 0.4, 0.2, 0.3],
    [0.1, 0.4, 0.2, 0.3],
    [0.25, 0.25, 0.25, 0.25],
  ]

  it.each([
    [1, 1 / 3],
    [2, 2 / 3],
    [3, 2 / 3],
    [4, 1],
  ])('of %d counts labels with fewer better scores', (k, share) => {
    for (const metric of [metrics.topKCategoricalAccuracy({ k }), metrics.sparseTopKCategoricalAccuracy({ k })])
      expect(measureMetric(metric, { y: [3, 0, 2], p })).toBeCloseTo(share, 12)
  })
})

describe('yes and no', () => {
  const y = [
    [1, 0],
    [1, 1],
    [0, 0],
    [0, 1],
  ]
  const p = [
    [0.9, 0.6],
    [0.5, 0.8],
    [0.7, 0.1],
    [0.2, 0.7],
  ]
  const weights = [1, 2, 0.5, 3]
  const batches = [
    { y: y.slice(0, 1), p: p.slice(0, 1), weights: weights.slice(0, 1) },
    { y: y.slice(1), p: p.slice(1), weights: weights.slice(1) },
  ]
  /** Counts over all elements of some columns, by plain comparison. */
  const count = (columns: number[], threshold: number) => {
    const counts = { tp: 0, fp: 0, fn: 0, tn: 0 }
    y.forEach((row, i) => {
      for (const k of columns) {
        const said = p[i][k] > threshold
        counts[row[k] ? (said ? 'tp' : 'fn') : said ? 'fp' : 'tn'] += weights[i]
      }
    })
    return counts
  }

  it.each([
    [0.5, null],
    [0.65, null],
    [0.5, 1],
    [0.95, 0],
  ])('threshold %d, class %s', (threshold, classId) => {
    const { tp, fp, fn, tn } = count(classId === null ? [0, 1] : [classId], threshold)
    const measure = (make: (args: object) => Metric) => measureMetric(make({ threshold, classId }), ...batches)
    expect(measure(metrics.precision)).toBeCloseTo(tp + fp === 0 ? 0 : tp / (tp + fp), 12)
    expect(measure(metrics.recall)).toBeCloseTo(tp / (tp + fn), 12)
    if (classId !== null) return
    const four = [metrics.truePositives, metrics.falsePositives, metrics.falseNegatives, metrics.trueNegatives]
    expect(four.map((make) => measureMetric(make({ threshold }), ...batches))).toEqual([tp, fp, fn, tn])
  })

  it.each(['macro', 'weighted', 'micro'] as const)('F-scores, %s', (average) => {
    const score = ({ tp, fp, fn }: ReturnType<typeof count>, beta: number) =>
      ((1 + beta ** 2) * tp) / ((1 + beta ** 2) * tp + beta ** 2 * fn + fp)
    const classes = [count([0], 0.5), count([1], 0.5)]
    const expected = (beta: number) => {
      const scores = classes.map((each) => score(each, beta))
      const shares = classes.map(({ tp, fn }) => tp + fn)
      if (average === 'micro') return score(count([0, 1], 0.5), beta)
      if (average === 'macro') return (scores[0] + scores[1]) / 2
      return (scores[0] * shares[0] + scores[1] * shares[1]) / (shares[0] + shares[1])
    }
    const args = { average, threshold: 0.5 }
    expect(measureMetric(metrics.f1Score(args), ...batches)).toBeCloseTo(expected(1), 6)
    expect(measureMetric(metrics.fbetaScore({ ...args, beta: 2 }), ...batches)).toBeCloseTo(expected(2), 6)
  })

  it('F-scores without a threshold take the highest output of a row', () => {
    const batch = {
      y: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      p: [
        [3, 2, 1],
        [2, 1, 0],
        [0, 1, 2],
      ],
    }
    expect(measureMetric(metrics.f1Score(), batch)).toBeCloseTo((2 / 3 + 0 + 1) / 3, 6)
  })
})

describe('auc', () => {
  const n = 400
  const p = Array.from({ length: n }, (_, i) => Math.fround(((i * 37) % n) / (n - 1)))
  const y = p.map((value, i) => (value + ((i * 11) % 7) / 9 > 0.8 ? 1 : 0))
  const weights = p.map((_, i) => 1 + (i % 3))
  const batches = [0, 150].map((begin, i) => {
    const part = <T>(values: T[]) => values.slice(begin, i === 0 ? 150 : n)
    return { y: part(y).map((v) => [v]), p: part(p).map((v) => [v]), weights: part(weights) }
  })

  /** Keras's sums, with counts made by comparing every prediction with every threshold. */
  function byThresholds(count: number, curve: string, method: string): number {
    const inner = Array.from({ length: count - 2 }, (_, i) => (i + 1) / (count - 1))
    const thresholds = [-1e-7, ...inner, 1 + 1e-7]
    const over = (label: number) =>
      thresholds.map((t) => p.reduce((sum, v, i) => sum + (y[i] === label && v > t ? weights[i] : 0), 0))
    const [tp, fp] = [over(1), over(0)]
    const recall = tp.map((hits) => hits / tp[0])
    if (curve === 'PR' && method === 'interpolation') {
      return tp.slice(1).reduce((sum, next, i) => {
        const [a, b] = [tp[i] + fp[i], next + fp[i + 1]]
        const slope = a > b ? (tp[i] - next) / (a - b) : 0
        const ratio = a > 0 && b > 0 ? a / b : 1
        return sum + (slope * (tp[i] - next + (next - slope * b) * Math.log(ratio))) / tp[0]
      }, 0)
    }
    const x = curve === 'ROC' ? fp.map((wrong) => wrong / fp[0]) : recall
    const heights = curve === 'ROC' ? recall : tp.map((hits, i) => (hits + fp[i] ? hits / (hits + fp[i]) : 0))
    const height = { interpolation: (a: number, b: number) => (a + b) / 2, minoring: Math.min, majoring: Math.max }
    return x.slice(1).reduce((sum, next, i) => {
      return sum + (x[i] - next) * height[method as 'minoring'](heights[i], heights[i + 1])
    }, 0)
  }

  it.each(
    (['ROC', 'PR'] as const).flatMap((curve) =>
      (['interpolation', 'minoring', 'majoring'] as const).flatMap((summationMethod) =>
        [200, 8].map((numThresholds) => ({ curve, summationMethod, numThresholds })),
      ),
    ),
  )('%j', (args) => {
    const expected = byThresholds(args.numThresholds, args.curve, args.summationMethod)
    expect(measureMetric(metrics.auc(args), ...batches)).toBeCloseTo(expected, 10)
  })

  it('is 1 where all is told apart, 0.5 where nothing is, and knows scores', () => {
    const labels = [[0], [0], [1], [1]]
    expect(measureMetric(metrics.auc(), { y: labels, p: [[0], [0.4], [0.6], [1]] })).toBeCloseTo(1, 12)
    expect(measureMetric(metrics.auc(), { y: labels, p: [[1], [1], [1], [1]] })).toBeCloseTo(0.5, 12)
    const scores = [[-3], [2], [1], [4]]
    expect(measureMetric(metrics.auc({ fromLogits: true }), { y: labels, p: scores })).toBeCloseTo(0.75, 12)
  })
})

/** Values of Keras 3.15.1. */
describe('of outputs that are not exclusive', () => {
  const y = [
    [1, 0, 1, 0],
    [0, 1, 0, 0],
    [1, 1, 0, 1],
    [0, 0, 1, 0],
  ]
  const p = [
    [0.9, 0.2, 0.4, 0.1],
    [0.3, 0.6, 0.55, 0.2],
    [0.2, 0.7, 0.8, 0.65],
    [0.45, 0.5, 0.35, 0.05],
  ]
  const weights = [1, 2, 0.5, 3]
  const labelWeights = [1, 2, 0, 3]

  it.each([
    [metrics.precision({ topK: 1 }), 0.5],
    [metrics.recall({ topK: 1 }), 0.2857142984867096],
    [metrics.precision({ topK: 2 }), 0.5],
    [metrics.recall({ topK: 2 }), 0.5714285969734192],
    [metrics.recall({ topK: 3 }), 0.8571428656578064],
    [metrics.precision({ topK: 2, classId: 1 }), 0.6666666865348816],
    [metrics.precision({ topK: 2, threshold: 0.5 }), 0.6000000238418579],
    [metrics.precision({ classId: 1 }), 1],
    [metrics.auc(), 0.7301587462425232],
    [metrics.auc({ multiLabel: true }), 0.625],
    [metrics.auc({ multiLabel: true, numLabels: 4, labelWeights }), 0.9166666865348816],
    [metrics.auc({ labelWeights }), 0.9518518447875977],
    [metrics.auc({ multiLabel: true, curve: 'PR' }), 0.7547926902770996],
    [
      metrics.auc({ multiLabel: true, curve: 'PR', summationMethod: 'minoring', numThresholds: 11 }),
      0.1666666716337204,
    ],
  ])('%#: $name $config', (metric, expected) => {
    expect(measureMetric(metric, { y, p })).toBeCloseTo(expected, 6)
  })

  it.each([
    [metrics.recall({ topK: 2, classId: 2 }), 0.25],
    [metrics.recall({ classId: 1 }), 1],
    [metrics.auc({ multiLabel: true }), 0.6666666865348816],
  ])('%#, weighted: $name $config', (metric, expected) => {
    expect(measureMetric(metric, { y, p, weights })).toBeCloseTo(expected, 6)
  })

  it('refuses what does not fit the output', () => {
    expect(() => measureMetric(metrics.precision({ topK: 5 }), { y, p })).toThrow(
      'precision: topK must be at most the 4 outputs, received: 5',
    )
    expect(() => measureMetric(metrics.auc({ labelWeights: [1] }), { y, p })).toThrow(
      'auc: the output must have 1 columns, received: 4',
    )
  })
})

describe('numbers', () => {
  const y = [
    [1, 2],
    [3, 0],
    [5, 7],
  ]
  const p = [
    [1, 1],
    [2, 1],
    [6, 5],
  ]

  it('the root of a mean over batches', () => {
    const rmse = measureMetric(
      metrics.rootMeanSquaredError(),
      { y: y.slice(0, 2), p: p.slice(0, 2) },
      { y: y.slice(2), p: p.slice(2) },
    )
    expect(rmse).toBeCloseTo(Math.sqrt((1 + 1 + 1 + 1 + 4) / 6), 12)
  })

  it('the explained variance, the mean over the outputs', () => {
    const expected = (1 - 2 / 8 + (1 - 6 / 26)) / 2
    expect(measureMetric(metrics.r2Score(), { y, p })).toBeCloseTo(expected, 12)
  })

  it('the cosine', () => {
    expect(
      measureMetric(metrics.cosineSimilarity(), {
        y: [
          [1, 0],
          [1, 1],
        ],
        p: [
          [2, 0],
          [1, 0],
        ],
      }),
    ).toBeCloseTo((1 + Math.SQRT1_2) / 2, 12)
  })
})

describe('confusionMatrix', () => {
  const labels = new NdArray(Int32Array.of(0, 1, 1, 2), [4])

  it('counts which class was taken for which', () => {
    const predictions = new NdArray(Int32Array.of(0, 1, 2, 2), [4])
    const counts = [
      [1, 0, 0],
      [0, 1, 1],
      [0, 0, 1],
    ]
    expect(confusionMatrix(labels, predictions, 3).toArray()).toEqual(counts)
    const rows = [0.9, 0, 0.1, 0, 1, 0, 0, 0, 1, 0.4, 0, 0.6]
    expect(confusionMatrix(labels, new NdArray(Float32Array.from(rows), [4, 3]), 3).toArray()).toEqual(counts)
    const weights = new NdArray(Float32Array.of(1, 2, 0.5, 4), [4])
    const weighted = [
      [1, 0, 0],
      [0, 2, 0.5],
      [0, 0, 4],
    ]
    expect(confusionMatrix(labels, predictions, 3, weights).toArray()).toEqual(weighted)
  })

  it('refuses what does not fit', () => {
    expect(() => confusionMatrix(labels, labels, 2)).toThrow('class numbers must be integers from 0 to 1, received: 2')
    expect(() => confusionMatrix(labels, labels.slice(1), 3)).toThrow('must be equally many, received: [4, 3]')
  })
})

it('losses are metrics too: their means', () => {
  const batch = { y: [[1, 2]], p: [[3, 1]] }
  expect(measureMetric(metrics.meanSquaredError(), batch)).toBe(2.5)
  expect(measureMetric(metrics.meanAbsoluteError(), batch)).toBe(1.5)
  const named = metrics.binaryCrossentropy({ fromLogits: true, name: 'bits' })
  expect(named.config).toEqual({ fromLogits: true, labelSmoothing: 0, name: 'bits' })
  expect([named.name, named.kind]).toEqual(['bits', 'binaryCrossentropy'])
})

describe('names', () => {
  it('may be spelled as in Keras, or short', () => {
    expect(metricOf('acc').name).toBe('accuracy')
    expect(metricOf('mse').name).toBe('meanSquaredError')
    expect(metricOf('mean_absolute_error').name).toBe('meanAbsoluteError')
  })

  it('are refused with a suggestion', () => {
    expect(() => metricOf('meanIoU')).toThrow('meanIoU: numClasses is missing')
    expect(() => metricOf('acuracy')).toThrow('compile: unknown metric, did you mean "accuracy"?')
  })
})
