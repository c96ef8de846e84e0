/** @file Tests of losses and metrics, with values worked out by hand from Keras's formulas. */
import { describe, expect, it } from 'vitest'
import { evaluate } from '../ops/evaluate.ts'
import { softmax } from '../ops/softmax/op.ts'
import { type Criterion, losses, lossOf, metricOf, metrics } from './losses.ts'
import { Trace } from './trace.ts'

/** The values of each image; with `scores` the output is their softmax. */
function measure(
  criterion: Criterion,
  targets: number[][],
  given: { output?: number[][]; scores?: number[][] },
): number[] {
  const trace = new Trace({ training: false })
  const rows = (given.output ?? given.scores) as number[][]
  const shape = [rows.length, rows[0].length]
  const raw = trace.input('output', shape, 'f32').node
  const dtype = criterion.targets === 'labels' ? 'i32' : 'f32'
  const y = trace.input('y', [targets.length, targets[0].length], dtype).node
  const { elements, weight } = criterion.measure(y, given.scores ? softmax(raw) : raw)
  trace.graph.output('elements', elements)
  const values = evaluate(
    trace.graph.live(),
    (leaf) => ({ data: Float64Array.from((leaf === y ? targets : rows).flat()), shape: leaf.shape }),
    rows.length,
  )
  const result = values.get(elements) as { data: Float64Array }
  const size = result.data.length / rows.length
  return rows.map((_, i) => weight * result.data.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0))
}

const rounded = (values: number[]) => values.map((value) => Number(value.toFixed(5)))

describe('sparseCategoricalCrossentropy', () => {
  const loss = losses.sparseCategoricalCrossentropy()

  it('is -log p of the class', () => {
    const output = [
      [0.7, 0.2, 0.1],
      [0.1, 0.8, 0.1],
    ]
    expect(rounded(measure(loss, [[0], [2]], { output }))).toEqual(rounded([-Math.log(0.7), -Math.log(0.1)]))
  })

  it('clips probabilities that did not come from a softmax', () => {
    const [value] = measure(loss, [[1]], { output: [[1, 0]] })
    expect(value).toBeCloseTo(16.1181, 4)
  })

  it('looks through a softmax, so nothing overflows or is clipped', () => {
    expect(rounded(measure(loss, [[1]], { scores: [[1000, 900]] }))).toEqual([100])
    expect(
      measure(losses.sparseCategoricalCrossentropy({ fromLogits: true }), [[1]], { output: [[1000, 900]] }),
    ).toEqual([100])
  })
})

describe('other losses', () => {
  it('categoricalCrossentropy weighs all classes', () => {
    const y = [[0.25, 0.75]]
    const expected = -(0.25 * Math.log(0.5) + 0.75 * Math.log(0.5))
    expect(measure(losses.categoricalCrossentropy(), y, { output: [[0.5, 0.5]] })[0]).toBeCloseTo(expected, 9)
    expect(measure(losses.categoricalCrossentropy({ fromLogits: true }), y, { output: [[3, 3]] })[0]).toBeCloseTo(
      expected,
      9,
    )
  })

  it('meanSquaredError and meanAbsoluteError average over the elements', () => {
    expect(measure(losses.meanSquaredError(), [[1, 2]], { output: [[3, 1]] })).toEqual([2.5])
    expect(measure(losses.meanAbsoluteError(), [[1, 2]], { output: [[3, 1]] })).toEqual([1.5])
  })
})

describe('accuracy', () => {
  it('takes the first of equal scores', () => {
    const output = [
      [1, 1],
      [1, 1],
      [0, 1],
    ]
    expect(measure(metrics.accuracy(), [[0], [1], [1]], { output })).toEqual([1, 0, 1])
  })

  it('needs one output for each class', () => {
    expect(() => measure(metrics.accuracy(), [[0]], { output: [[1]] })).toThrow(
      'accuracy needs one output for each class, received: [1, 1]',
    )
  })
})

describe('names', () => {
  it('may be spelled as in Keras, or short', () => {
    expect(lossOf('sparse_categorical_crossentropy').name).toBe('sparseCategoricalCrossentropy')
    expect(lossOf('mse').name).toBe('meanSquaredError')
    expect(metricOf('acc').name).toBe('accuracy')
    expect(metricOf('mean_absolute_error').name).toBe('meanAbsoluteError')
  })

  it('are refused with a suggestion', () => {
    expect(() => lossOf('meanSquareError')).toThrow('compile: unknown loss, did you mean "meanSquaredError"?')
    expect(() => metricOf('f1')).toThrow(/^compile: unknown metric \(known: accuracy, .*\), received: "f1"$/)
  })
})
