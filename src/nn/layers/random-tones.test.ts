/** @file Random greys and negatives: how often, and what becomes of colours. */
import { beforeEach, expect, it } from 'vitest'
import { setRandomSeed } from '../random-state.ts'
import { layers } from './index.ts'
import { input } from './input.ts'
import { trainOn, type Values } from './testing.ts'

beforeEach(() => setRandomSeed(1))

/** One pixel; as grey, 0.2989 100 + 0.587 50 + 0.114 200 = 82.04. */
const PIXEL: Values = { shape: [1, 1, 3], data: [100, 50, 200] }
const GRAY = 82.04

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length

it('randomGrayscale makes some pictures grey and leaves others alone', () => {
  const pictures = trainOn(layers.randomGrayscale({ factor: 0.25 }), PIXEL)
  const isGray = pictures.map(([red]) => Math.abs(red - GRAY) < 1e-9)
  pictures.forEach((picture, n) => {
    const expected = isGray[n] ? [GRAY, GRAY, GRAY] : PIXEL.data
    expect(picture).toEqual(expected.map((value) => expect.closeTo(value, 9)))
  })
  expect(share(isGray)).toBeCloseTo(0.25, 1)
})

it('randomColorDegeneration takes a share of the colour', () => {
  const shares = trainOn(layers.randomColorDegeneration({ factor: [0.2, 0.6] }), PIXEL).map(([red, green, blue]) => {
    const taken = (100 - red) / (100 - GRAY)
    expect(green).toBeCloseTo(50 + taken * (GRAY - 50), 9)
    expect(blue).toBeCloseTo(200 + taken * (GRAY - 200), 9)
    return taken
  })
  expect([Math.min(...shares), Math.max(...shares)]).toEqual([expect.closeTo(0.2, 1.5), expect.closeTo(0.6, 1.5)])
})

it('randomColorDegeneration cuts off at the ends of valueRange', () => {
  const layer = layers.randomColorDegeneration({ factor: [0, 0], valueRange: [60, 150] })
  expect(trainOn(layer, PIXEL, { images: 1 })[0]).toEqual([100, 60, 150])
})

it('randomInvert makes negatives, with a probability that is drawn itself', () => {
  const always = layers.randomInvert({ factor: [1, 1], valueRange: [0, 200] })
  expect(trainOn(always, PIXEL, { images: 1 })[0]).toEqual([100, 150, 0])
  const inverted = trainOn(layers.randomInvert(), PIXEL).map(([red]) => red === 155)
  expect(share(inverted)).toBeCloseTo(0.5, 1)
})

it('greys are for colours', () => {
  expect(() => layers.randomGrayscale().apply(input({ shape: [2, 2, 4] }))).toThrow(
    'pictures must have one channel or red, green and blue, received: 4',
  )
})
