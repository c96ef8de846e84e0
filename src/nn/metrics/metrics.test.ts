/** @file Tests of metrics against Keras's definitions, over batches and with weights. */
import { describe, expect, it } from 'vitest'
import { metricOf, metrics } from './index.ts'
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

it('losses are metrics too: their means', () => {
  const batch = { y: [[1, 2]], p: [[3, 1]] }
  expect(measureMetric(metrics.meanSquaredError(), batch)).toBe(2.5)
  expect(measureMetric(metrics.meanAbsoluteError(), batch)).toBe(1.5)
  expect(metrics.binaryCrossentropy({ fromLogits: true }).config).toEqual({ fromLogits: true, labelSmoothing: 0 })
})

describe('names', () => {
  it('may be spelled as in Keras, or short', () => {
    expect(metricOf('acc').name).toBe('accuracy')
    expect(metricOf('mse').name).toBe('meanSquaredError')
    expect(metricOf('mean_absolute_error').name).toBe('meanAbsoluteError')
  })

  it('are refused with a suggestion', () => {
    expect(() => metricOf('acuracy')).toThrow('compile: unknown metric, did you mean "accuracy"?')
  })
})
