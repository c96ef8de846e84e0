/** @file Dropout in f64; the hash is that of op.ts, in JavaScript's 32-bit integers. */
import { num, type ReferenceKernel } from '../kernel.ts'
import { dropoutThreshold, GOLDEN } from './op.ts'

function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

export const dropoutReference: ReferenceKernel = ([x, seed], attrs) => {
  const threshold = dropoutThreshold(num(attrs, 'rate'))
  const imageSize = x.data.length / x.shape[0]
  const stepKey = mix(mix(num(attrs, 'stream') + GOLDEN) + Math.trunc(seed.data[0]))
  return x.data.map((value, i) => {
    const key = mix(stepKey + Math.floor(i / imageSize))
    const word = mix(key + Math.imul(i % imageSize, GOLDEN))
    return word >= threshold ? value / (1 - num(attrs, 'rate')) : 0
  })
}
