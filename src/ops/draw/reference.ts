/** @file Whole numbers for each image, from the words that dropout's reference draws. */
import { sizeOf } from '../../tensor/ndarray.ts'
import { randomWords } from '../dropout/reference.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { num, nums } from '../rules/attrs.ts'

export const drawReference: ReferenceKernel = ([, seed], attrs, out) => {
  const choices = nums(attrs, 'choices')
  const numbers = new Float64Array(sizeOf(out))
  const wordOf = randomWords(num(attrs, 'stream'), seed.data[0], { data: numbers, shape: out })
  return numbers.map((_, i) => Math.floor((Math.floor(wordOf(i) / 2 ** 16) * choices[i % choices.length]) / 2 ** 16))
}
