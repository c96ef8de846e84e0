/** @file Networks and inputs of which no number is special, for tests that compare outputs. */
import { Random } from '../src/base/random.ts'
import { NdArray, type Shape, sizeOf } from '../src/tensor/ndarray.ts'
import type { Model } from '../src/train/model.ts'

export function randomArray(shape: Shape, seed: number): NdArray<Float32Array<ArrayBuffer>> {
  const random = new Random(seed, 'trained')
  return new NdArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )
}

/** Weights as after training: none is 0, variances are positive. */
export function randomise(net: Model): Model {
  net.setWeights(
    net.weights.map(({ shape, name }, i) => {
      const { data } = randomArray(shape, i)
      const small = data.map((x) => 0.3 * x + (name === 'gamma' ? 1 : 0))
      return new NdArray(name.endsWith('variance') ? small.map((x) => 0.5 + Math.abs(x)) : small, shape)
    }),
  )
  return net
}
