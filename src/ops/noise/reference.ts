/** @file Random numbers in f64. */
import { randomWords } from '../dropout/reference.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'

export const noiseReference: ReferenceKernel = ([like, seed], attrs) => {
  const wordOf = randomWords(num(attrs, 'stream'), seed.data[0], like)
  return like.data.map((_, i) => (Math.floor(wordOf(i) / 2 ** 9) + 0.5) / 2 ** 23)
}
