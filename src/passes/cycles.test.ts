/** @file Circles among things that wait for each other. */
import { expect, it } from 'vitest'
import { inCircles } from './cycles.ts'

it('finds nothing where everything can be put in order', () => {
  expect(inCircles([])).toEqual(new Set())
  expect(
    inCircles([
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
      ['a', 'd'],
    ]),
  ).toEqual(new Set())
})

it('finds circles and what lies between them, but not what comes before or after', () => {
  const edges = ['start a', 'a b', 'b a', 'b between', 'between c', 'c d', 'd c', 'd end', 'start end', 'a aside']
  expect(inCircles(edges.map((edge) => edge.split(' ') as [string, string]))).toEqual(
    new Set(['a', 'b', 'between', 'c', 'd']),
  )
})
