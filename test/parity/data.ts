/** @file Seeded data for tests that compare engines. */
import { Random } from '../../src/base/random.ts'
import { NdArray, type Shape, sizeOf } from '../../src/tensor/ndarray.ts'
import type { Head } from './random-training.ts'

/** Normally distributed numbers. */
export function someNumbers(shape: Shape, seed: number): NdArray<Float32Array> {
  const random = new Random(seed)
  return new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )
}

type TargetsOf = Pick<Head, 'units' | 'targets'>

/** What the outputs of a head are compared with, [batch, units], or class numbers [batch]. */
export function someTargets({ units, targets }: TargetsOf, batch: number, seed: number): NdArray {
  const random = new Random(seed, 'targets')
  const labels = Int32Array.from({ length: batch }, () => random.int(units))
  if (targets === 'labels') return new NdArray(labels, [batch])
  const shape = [batch, units]
  const fill = (value: (image: number, unit: number) => number) =>
    new NdArray(
      Float32Array.from({ length: batch * units }, (_, i) => value(Math.floor(i / units), i % units)),
      shape,
    )
  switch (targets) {
    case 'oneHot':
      return fill((image, unit) => Number(labels[image] === unit))
    case 'probabilities':
      return fill((image, unit) => (labels[image] === unit ? 0.7 : 0.3 / (units - 1)))
    case 'zeroOrOne':
      return fill(() => random.int(2))
    case 'signs':
      return fill(() => 2 * random.int(2) - 1)
    case 'counts':
      return fill(() => random.int(5))
    case 'numbers':
      return fill(() => random.normal())
  }
}

/** How much each example counts, one of them not at all. */
export function someWeights(batch: number, seed: number): NdArray<Float32Array> {
  const random = new Random(seed, 'weights')
  return new NdArray(
    Float32Array.from({ length: batch }, (_, i) => (i === 1 ? 0 : 2 * random.uniform())),
    [batch],
  )
}
