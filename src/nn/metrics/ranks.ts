/** @file Whether the right class is among the best (https://keras.io/api/metrics/accuracy_metrics/). */
import type { Node } from '../../ir/node.ts'
import { neg, oneHot, reluGrad, shift, sub } from '../../ops/index.ts'
import { softmaxOp } from '../../ops/softmax/op.ts'
import { alongRows, meanOfRows, rowSum } from '../losses/loss.ts'
import { int } from '../schema.ts'
import { positive } from './accuracy.ts'
import { defineMean } from './metric.ts'

/** Whether fewer than k scores of a row are higher than that of its label; equal ones do no harm. */
function amongBest(labels: Node, output: Node, k: number) {
  const scores = output.op === softmaxOp ? output.inputs[0] : output
  const right = rowSum(reluGrad(oneHot(labels, scores.shape.at(-1) as number), scores))
  const higher = rowSum(positive(sub(scores, alongRows(scores, right))))
  return meanOfRows(positive(shift(neg(higher), k)))
}

const ofBest = (kind: string) =>
  defineMean({
    kind,
    targets: 'labels',
    better: 'higher',
    schema: { k: int('how many of the highest outputs count', { min: 1 }).default(5) },
    measure: (labels, output, { k }) => amongBest(labels, output, k),
  })

/** The share of rows whose class is among the k highest outputs. Targets one-hot [N,...,K]. Default: k 5. */
export const topKCategoricalAccuracy = ofBest('topKCategoricalAccuracy')

/** The share of rows whose class is among the k highest outputs. Targets [N,...] or [N,...,1]. Default: k 5. */
export const sparseTopKCategoricalAccuracy = ofBest('sparseTopKCategoricalAccuracy')
