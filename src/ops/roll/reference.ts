/** @file Images moved along in f64. */
import { sizeOf } from '../../tensor/ndarray.ts'
import { randomWords } from '../dropout/reference.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'

export const rollReference: ReferenceKernel = ([x, seed, invCount], attrs) => {
  const count = Math.round(1 / invCount.data[0])
  const word = randomWords(num(attrs, 'stream'), seed.data[0], { data: new Float64Array(1), shape: [1] })(0)
  const by = Math.floor((Math.floor(word / 2 ** 16) * count) / 2 ** 16)
  const size = sizeOf(x.shape.slice(1))
  return x.data.map((_, i) => {
    const image = Math.floor(i / size)
    const from = (image + (attrs.back ? count - by : by)) % count
    return x.data[from * size + (i % size)]
  })
}
