/** @file The values of optimizers from files of several versions of Keras. */
import { beforeEach, expect, it } from 'vitest'
import { optimizers } from '../nn/optimizers/index.ts'
import { Variable } from '../nn/variable.ts'
import { NdArray } from '../tensor/ndarray.ts'
import { restoreOptimizer } from './optimizer-state.ts'

const number = (value: number) => new NdArray(Float32Array.of(value), [])
const array = (...values: number[]) => new NdArray(Float32Array.from(values), [values.length])
const zero = array(0)

let weights: Variable[]

beforeEach(() => {
  weights = [2, 1].map((size, i) => new Variable({ path: `dense/${i}`, shape: [size] }))
})

/** The slots by the names of their weights: all that an optimizer keeps of each. */
function restored(stored: readonly NdArray[], optimizer = optimizers.adam()) {
  const fits = restoreOptimizer(optimizer, weights, stored)
  return [fits, optimizer.iterations, ...optimizer.slots.map((slot) => [slot.name, ...slot.read()])]
}

const MOMENTS = [
  ['momentum', 1, 2],
  ['velocity', 4, 5],
  ['momentum', 3],
  ['velocity', 6],
]

it.each([
  ['Keras 3: weight by weight', [number(7), number(0.001), array(1, 2), array(4, 5), array(3), array(6)]],
  ['Keras 2: kind by kind', [number(7), array(1, 2), array(3), array(4, 5), array(6)]],
  [
    'Keras 2.1 to 2.3: numbers in the place of amsgrad',
    [number(7), array(1, 2), array(3), array(4, 5), array(6), zero, zero],
  ],
])('Adam of %s', (_, stored) => {
  expect(restored(stored)).toEqual([true, 7, ...MOMENTS])
})

it('SGD of Keras 2.15 without momentum: velocities that have no use', () => {
  expect(restored([number(7), array(1, 2), array(3)], optimizers.sgd())).toEqual([true, 7])
  expect(restored([number(7), array(1, 2)], optimizers.sgd())[0]).toBe(false)
})

it('what is not zero is no such number, and is not dropped', () => {
  const stored = [number(7), array(1, 2), array(3), array(4, 5), array(6), zero, array(1)]
  expect(restored(stored)[0]).toBe(false)
})

it('a model that was never trained: only its learning rate counts', () => {
  const optimizer = optimizers.adam()
  expect(restored([number(0), number(0.5)], optimizer).slice(0, 2)).toEqual([true, 0])
  expect(optimizer.learningRate).toBe(0.5)
  expect(restored([number(3), number(0.5)])[0]).toBe(false)
})
