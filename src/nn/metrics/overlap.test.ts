/** @file Tests of the metrics of regions against Keras's definitions. */
import { describe, expect, it } from 'vitest'
import { metrics } from './index.ts'
import { measureMetric } from './testing.ts'

describe('intersection over union', () => {
  const scores = (label: number) => [0, 1, 2].map((k) => (k === label ? 2 : k / 9))
  const batch = { y: [0, 0, 1, 1], p: [0, 1, 0, 1].map(scores) }

  it('is what both name over what either names, for classes that are named', () => {
    expect(measureMetric(metrics.meanIoU({ numClasses: 3 }), batch)).toBeCloseTo(1 / 3, 12)
    const weighted = { ...batch, weights: [0.3, 0.3, 0.3, 0.1] }
    const [first, second] = [0.3 / 0.9, 0.1 / 0.7]
    expect(measureMetric(metrics.oneHotMeanIoU({ numClasses: 3 }), weighted)).toBeCloseTo((first + second) / 2, 12)
    for (const make of [metrics.iou, metrics.oneHotIoU])
      expect(measureMetric(make({ numClasses: 3, targetClassIds: [0] }), weighted)).toBeCloseTo(first, 12)
  })

  it.each([[255], [2], [0]])('leaves out rows that have the label %i', (ignoreClass) => {
    const labels = [0, 1, 2].filter((label) => label !== ignoreClass)
    const batch = { y: [...labels, labels[0], ignoreClass], p: [...labels, labels[1], labels[0]].map(scores) }
    const without = { y: batch.y.slice(0, -1), p: batch.p.slice(0, -1) }
    const all = { numClasses: 3 }
    const expected = measureMetric(metrics.meanIoU(all), without)
    expect(measureMetric(metrics.meanIoU({ ...all, ignoreClass }), batch)).toBeCloseTo(expected, 12)
    if (ignoreClass < 3) expect(measureMetric(metrics.meanIoU(all), batch)).not.toBeCloseTo(expected, 3)
    const one = { ...all, targetClassIds: [labels[0]] }
    const first = measureMetric(metrics.iou(one), without)
    expect(measureMetric(metrics.iou({ ...one, ignoreClass }), batch)).toBeCloseTo(first, 12)
  })

  it('of no and yes', () => {
    const binary = { y: [[0], [1], [0], [1]], p: [[0.1], [0.2], [0.4], [0.7]], weights: [0.2, 0.3, 0.4, 0.1] }
    const no = 0.2 / (0.2 + 0.3 + 0.4)
    const yes = 0.1 / (0.1 + 0.4 + 0.3)
    const at = (targetClassIds: number[]) =>
      measureMetric(metrics.binaryIoU({ targetClassIds, threshold: 0.3 }), binary)
    expect(at([0])).toBeCloseTo(no, 12)
    expect(at([1])).toBeCloseTo(yes, 12)
    expect(at([0, 1])).toBeCloseTo((no + yes) / 2, 12)
    const edge = { y: [[1]], p: [[0.5]] }
    expect(measureMetric(metrics.binaryIoU({ targetClassIds: [1] }), edge)).toBe(1)
  })

  it('needs one output for each class', () => {
    expect(() => measureMetric(metrics.meanIoU({ numClasses: 4 }), batch)).toThrow(
      'meanIoU: the output must have numClasses 4 columns, received: 3',
    )
  })
})
