/** @file The share of right answers (https://keras.io/api/metrics/accuracy_metrics/). */
import type { Node } from '../../ir/node.ts'
import { abs, argmaxEquals, constant, neg, reluGrad, shift, sign, sub } from '../../ops/index.ts'
import { softmaxOp } from '../../ops/softmax/op.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { meanOfElements, meanOfRows } from '../losses/loss.ts'
import { number } from '../schema.ts'
import { defineMean } from './metric.ts'

/** 1 where x > 0, otherwise 0. */
export function positive(x: Node): Node {
  return reluGrad(x, constant(x.graph, 1))
}

/** Whether the highest score of each row is that of its label; a softmax in between changes no order. */
function rightClass(labels: Node, output: Node) {
  return meanOfRows(argmaxEquals(output.op === softmaxOp ? output.inputs[0] : output, labels))
}

/** Whether each output lies on the side of the threshold where its target, 0 or 1, is. */
function rightSide(y: Node, output: Node, threshold: number) {
  const differs = sign(abs(sub(positive(shift(output, -threshold)), y)))
  return meanOfElements(shift(neg(differs), 1))
}

/**
 * The share of outputs that are above the threshold where the target is 1 and not above it where it is 0. Targets and
 * outputs [N,...]. Default: threshold 0.5.
 */
export const binaryAccuracy = defineMean({
  kind: 'binaryAccuracy',
  targets: 'values',
  better: 'higher',
  schema: { threshold: number('outputs above it count as 1').default(0.5) },
  measure: (y, output, { threshold }) => rightSide(y, output, threshold),
})

const ofClasses = (kind: string) =>
  defineMean({ kind, targets: 'labels', better: 'higher', schema: {}, measure: rightClass })

/** The share of rows whose highest output is that of their class (of equal ones, the first). Targets one-hot [N,...,K]. */
export const categoricalAccuracy = ofClasses('categoricalAccuracy')

/** The share of rows whose highest output is that of their class (of equal ones, the first). Targets [N,...] or [N,...,1]. */
export const sparseCategoricalAccuracy = ofClasses('sparseCategoricalAccuracy')

/**
 * What Keras makes of the name "accuracy": `binaryAccuracy` where there is one output, otherwise the share of rows whose
 * highest output is that of their class, given as class numbers or one-hot rows.
 */
export const accuracy = defineMean({
  kind: 'accuracy',
  targets: (output: Shape) => (output.at(-1) === 1 ? 'values' : 'labels'),
  better: 'higher',
  schema: {},
  measure: (y, output) => (output.shape.at(-1) === 1 ? rightSide(y, output, 0.5) : rightClass(y, output)),
})
