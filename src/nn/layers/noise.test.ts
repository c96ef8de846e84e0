/** @file What noise layers add while training: its mean and spread, others in each step; normalization's statistics. */
import { describe, expect, it } from 'vitest'
import { Random } from '../../base/random.ts'
import { evaluate } from '../../ops/evaluate.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { NdArray } from '../../tensor/ndarray.ts'
import type { Layer } from '../layer.ts'
import { Trace } from '../trace.ts'
import { layers } from './index.ts'
import { input } from './input.ts'
import { counting, runLayer, trainOn } from './testing.ts'

/** What the layer makes of ones in a training step. */
function train(layer: Layer, shape: readonly number[], step = 0): number[] {
  const trace = new Trace({ training: true })
  const { node } = layer.apply(trace.input('x', shape, 'f32'))
  const ones = { data: new Float64Array(shape.reduce((a, b) => a * b)).fill(1), shape }
  const leafValue = ({ attrs }: { attrs: { name?: unknown; value?: unknown } }) =>
    attrs.name === 'x'
      ? ones
      : { data: Float64Array.of(attrs.name === 'step' ? step : Number(attrs.value)), shape: [1] }
  const values = evaluate(trace.graph.nodes, leafValue as never)
  return [...(values.get(node) as RefArray).data]
}

function moments(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, stddev: Math.sqrt(variance) }
}

describe.each([
  ['gaussianNoise', () => layers.gaussianNoise({ stddev: 0.5 }), 0.5],
  ['gaussianDropout', () => layers.gaussianDropout({ rate: 0.2 }), 0.5],
] as const)('%s', (_, make, stddev) => {
  it('is normally distributed', () => {
    const values = train(make(), [4, 5000])
    expect(moments(values).mean).toBeCloseTo(1, 1.5)
    expect(moments(values).stddev).toBeCloseTo(stddev, 1.5)
    const beyond = (limit: number) => values.filter((value) => Math.abs(value - 1) > limit * stddev).length / 20_000
    expect(beyond(1)).toBeCloseTo(0.3173, 1.5)
    expect(beyond(2)).toBeCloseTo(0.0455, 2)
  })

  it('differs from step to step, and is absent from prediction', () => {
    const layer = make()
    expect(train(layer, [2, 3], 0)).not.toEqual(train(layer, [2, 3], 1))
    expect(train(layer, [2, 3], 1)).toEqual(train(layer, [2, 3], 1))
    expect(runLayer(layer, counting(2, 3))).toEqual(counting(2, 3))
  })
})

it('alphaDropout keeps mean and variance, and knows two values for equal inputs', () => {
  const rate = 0.25
  const values = trainOn(layers.alphaDropout({ rate }), { shape: [50], data: Array(50).fill(0.5) }).flat()
  const lowest = -1.7580993408473766
  const a = ((1 - rate) * (1 + rate * lowest ** 2)) ** -0.5
  const b = -a * lowest * rate
  const [dropped, kept] = [...new Set(values.map((value) => value.toFixed(9)))].map(Number).sort((x, y) => x - y)
  expect(dropped).toBeCloseTo(a * lowest + b, 8)
  expect(kept).toBeCloseTo(a * 0.5 + b, 8)
  expect(values.filter((value) => value < 0).length / values.length).toBeCloseTo(rate, 1.5)
  const normal = new Random(1)
  const inputs = Array.from({ length: 50 }, () => normal.normal())
  const { mean, stddev } = moments(inputs)
  const standard = inputs.map((value) => (value - mean) / stddev)
  const after = moments(trainOn(layers.alphaDropout({ rate }), { shape: [50], data: standard }).flat())
  expect(after.mean).toBeCloseTo(0, 1.5)
  expect(after.stddev).toBeCloseTo(1, 1.5)
})

describe('dropout with a noiseShape', () => {
  it('drops whole images', () => {
    const images = trainOn(layers.dropout({ rate: 0.25, noiseShape: [null, 1, 1] }), counting(2, 3))
    const whole = [4 / 3, 8 / 3, 4, 16 / 3, 20 / 3, 8]
    for (const image of images)
      expect(image).toEqual(image[0] === 0 ? [0, 0, 0, 0, 0, 0] : whole.map((value) => expect.closeTo(value, 9)))
    expect(images.filter(([first]) => first === 0).length / images.length).toBeCloseTo(0.25, 1)
  })

  it('drops along the axes of size 1 together', () => {
    const values = train(layers.dropout({ rate: 0.5, noiseShape: [null, 1, 64] }), [1, 2, 64])
    expect(new Set(values)).toEqual(new Set([0, 2]))
    expect(values.slice(0, 64)).toEqual(values.slice(64))
  })

  it.each([[[null, 2, 1]], [[null, 1]], [[1, 1, 1]]])('%j does not fit pictures of [null, 3, 4]', (noiseShape) => {
    expect(() => layers.dropout({ rate: 0.5, noiseShape }).apply(input({ shape: [3, 4] }))).toThrow(
      `noiseShape must be null for the batch and null, 1 or the size for each axis of [null, 3, 4], received: [${noiseShape.map(String).join(', ')}]`,
    )
  })
})

it('spatialDropout1d drops whole channels', () => {
  const values = train(layers.spatialDropout1d({ rate: 0.5 }), [1, 2, 64])
  expect(new Set(values)).toEqual(new Set([0, 2]))
  expect(values.slice(0, 64)).toEqual(values.slice(64))
})

it('spatialDropout2d drops whole channels', () => {
  const values = train(layers.spatialDropout2d({ rate: 0.5 }), [1, 2, 2, 64])
  const [first, ...others] = [0, 1, 2, 3].map((pixel) => values.slice(64 * pixel, 64 * pixel + 64))
  expect(new Set(first)).toEqual(new Set([0, 2]))
  for (const other of others) expect(other).toEqual(first)
})

describe('normalization', () => {
  const data = new NdArray(Float32Array.of(1, 10, 3, 20, 5, 60), [3, 2])

  it('takes mean and variance of each channel from data, before or after it has weights', () => {
    const layer = layers.normalization()
    layer.adapt(data)
    layer.apply(input({ shape: [2] }))
    const [mean, variance] = layer.getWeights()
    expect([...mean.data]).toEqual([3, 30])
    expect(variance.data[0]).toBeCloseTo(8 / 3, 6)
    const { data: result } = runLayer(layer, { shape: [1, 2], data: [5, 30] })
    expect(result[0]).toBeCloseTo(2 / Math.sqrt(8 / 3), 6)
    expect(result[1]).toBe(0)
    layer.adapt(new NdArray(Float32Array.of(0, 1, 2, 1), [2, 2]))
    expect([...layer.getWeights()[0].data]).toEqual([1, 1])
  })

  it('takes given statistics and inverts them', () => {
    const args = { mean: [1, 2], variance: [4, 9] }
    const x = { shape: [1, 2], data: [5, 5] }
    expect(runLayer(layers.normalization(args), x).data).toEqual([2, 1])
    expect(runLayer(layers.normalization({ ...args, invert: true }), { shape: [1, 2], data: [2, 1] })).toEqual(x)
  })

  it('has means along any axes', () => {
    // Images of 2 rows, 2 columns and 1 channel.
    const images = new NdArray(Float32Array.of(0, 2, 10, 30, 4, 6, 50, 70), [2, 2, 2, 1])
    const rows = layers.normalization({ axis: 1 })
    rows.adapt(images)
    rows.apply(input({ shape: [2, 2, 1] }))
    expect(rows.getWeights().map(({ data }) => [...data])).toEqual([[3, 40], [5, 500], [0]])
    const columns = layers.normalization({ axis: [-1, 2] })
    columns.adapt(images)
    columns.apply(input({ shape: [2, 2, 1] }))
    expect([...columns.getWeights()[0].data]).toEqual([16, 27])
    expect(columns.getWeights()[0].shape).toEqual([2, 1])
    const given = layers.normalization({
      axis: [1, 2],
      mean: [
        [1, 2],
        [3, 4],
      ],
      variance: 4,
    })
    expect(runLayer(given, { shape: [1, 2, 2, 1], data: [3, 2, 1, 8] }).data).toEqual([1, 0, -1, 2])
  })

  it('names axes that do not fit', () => {
    const pictures = input({ shape: [2, 2, 1] })
    expect(() => layers.normalization({ axis: [3, -1] }).apply(pictures)).toThrow(
      'axis must not name an axis twice, received: [3, -1]',
    )
    expect(() => layers.normalization({ axis: 0 }).apply(pictures)).toThrow(
      'axis must be 1 to 3 or -3 to -1, received: 0',
    )
  })

  it('refuses half of what it needs', () => {
    expect(() => layers.normalization({ mean: 1 })).toThrow('mean and variance go together')
    expect(() => layers.normalization({ mean: 1, variance: 1 }).adapt(data)).toThrow('the mean was given already')
  })
})
