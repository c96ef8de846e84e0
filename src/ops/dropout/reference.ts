/** @file Dropout in f64; the hash is that of op.ts, in JavaScript's 32-bit integers. */

import type { RefArray, ReferenceKernel } from '../reference-kernel.ts'
import { num } from '../rules/attrs.ts'
import { dropoutThreshold, GOLDEN } from './op.ts'

function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

/** The word of each element of a batch by its number, counted through all images. */
export function randomWords(stream: number, seed: number, { data, shape }: RefArray): (element: number) => number {
  const imageSize = data.length / shape[0]
  const stepKey = mix(mix(stream + GOLDEN) + Math.trunc(seed))
  return (i) => {
    const key = mix(stepKey + Math.floor(i / imageSize))
    return mix(key + Math.imul(i % imageSize, GOLDEN))
  }
}

export const dropoutReference: ReferenceKernel = ([x, seed], attrs) => {
  const rate = num(attrs, 'rate')
  const wordOf = randomWords(num(attrs, 'stream'), seed.data[0], x)
  return x.data.map((value, i) => (wordOf(i) >= dropoutThreshold(rate) ? value / (1 - rate) : 0))
}
