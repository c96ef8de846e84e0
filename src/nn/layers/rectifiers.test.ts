/** @file The activations with arguments, at their corners, as Keras's source defines them. */
import { describe, expect, it } from 'vitest'
import { layers } from './index.ts'
import { runLayer } from './testing.ts'

const x = { shape: [1, 6], data: [-2, -0.5, 0, 0.5, 1.5, 8] }

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
