/** @file The activations with arguments, at their corners, as Keras's source defines them. */
import { describe, expect, it } from 'vitest'
import { layers } from './index.ts'
import { input } from './input.ts'
import { runLayer } from './testing.ts'

const x = { shape: [1, 6], data: [-2, -0.5, 0, 0.5, 1.5, 8] }

it('prelu shares slopes along the first axes only', () => {
  const shapeOf = (sharedAxes: number[] | null) => {
    const layer = layers.prelu({ sharedAxes })
    layer.apply(input({ shape: [2, 3, 4] }))
    return layer.weights[0].shape
  }
  expect(shapeOf(null)).toEqual([2, 3, 4])
  expect(shapeOf([1, 2])).toEqual([1, 1, 4])
  expect(() => shapeOf([2])).toThrow('sharedAxes must be the first axes of 3: [1], [1, 2], ..., received: [2]')
})

it('softmax works along any axis', () => {
  const { data } = runLayer(layers.softmax({ axis: 1 }), { shape: [1, 2, 2], data: [0, 5, 0, 5] })
  expect(data).toEqual([0.5, 0.5, 0.5, 0.5])
})

describe('reLU', () => {
  it.each([
    [{}, [0, 0, 0, 0.5, 1.5, 8]],
    [{ maxValue: 6 }, [0, 0, 0, 0.5, 1.5, 6]],
    [{ negativeSlope: 0.5 }, [-1, -0.25, 0, 0.5, 1.5, 8]],
    [{ threshold: 1 }, [0, 0, 0, 0, 1.5, 8]],
    [{ threshold: 1, maxValue: 1.25 }, [0, 0, 0, 0, 1.25, 1.25]],
    [{ threshold: 1, negativeSlope: 0.5 }, [-1.5, -0.75, -0.5, -0.25, 1.5, 8]],
    [{ maxValue: 6, negativeSlope: 0.5 }, [-1, -0.25, 0, 0.5, 1.5, 6]],
  ])('%j', (args, expected) => {
    expect(runLayer(layers.reLU(args), x).data.map((value) => value + 0)).toEqual(expected)
  })

  it('refuses negative numbers', () => {
    expect(() => layers.reLU({ threshold: -1 })).toThrow('ReLU: threshold must be a number >= 0, received: -1')
  })
})
