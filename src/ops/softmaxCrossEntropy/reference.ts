/** @file The cross-entropy of the softmax of logits, and its gradient, in f64. */
import type { ReferenceKernel } from '../reference-kernel.ts'
import { softmaxReference } from '../softmax/reference.ts'

export const softmaxCrossEntropyReference: ReferenceKernel = ([logits, labels]) => {
  const classes = logits.shape.at(-1) as number
  return labels.data.map((label, n) => {
    const scores = logits.data.subarray(n * classes, (n + 1) * classes)
    const highest = Math.max(...scores)
    const sum = scores.reduce((total, score) => total + Math.exp(score - highest), 0)
    return highest + Math.log(sum) - scores[label]
  })
}

export const softmaxCrossEntropyGradReference: ReferenceKernel = ([logits, labels, dl], attrs, out) => {
  const classes = logits.shape.at(-1) as number
  return softmaxReference([logits], attrs, out).map((probability, i) => {
    const n = Math.floor(i / classes)
    return (probability - (i % classes === labels.data[n] ? 1 : 0)) * dl.data[n]
  })
}
