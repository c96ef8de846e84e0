/** @file Runs losses in f64 on plain rows, for tests. */
import { backward } from '../../autodiff/backward.ts'
import type { Node } from '../../ir/node.ts'
import { evaluate } from '../../ops/evaluate.ts'
import { broadcastLike, constant } from '../../ops/index.ts'
import type { RefArray } from '../../ops/reference-kernel.ts'
import { Trace } from '../trace.ts'
import type { Loss } from './loss.ts'

export type Rows = readonly (readonly number[])[]

/**
 * The loss of each image, and the gradient of their sum with respect to `outputs` [N,K].
 * @param activation what lies between `outputs` and the loss
 */
export function measureLoss(loss: Loss, targets: Rows, outputs: Rows, activation: (x: Node) => Node = (x) => x) {
  const trace = new Trace({ training: false })
  const x = trace.input('x', [outputs.length, outputs[0].length], 'f32').node
  const y = trace.input('y', [targets.length, targets[0].length], loss.targets === 'labels' ? 'i32' : 'f32').node
  const { elements, weight } = loss.measure(y, activation(x))
  const seed = broadcastLike(elements, constant(trace.graph, weight))
  const [gradient] = backward(new Map([[elements, seed]]), [x])
  trace.graph.output('elements', elements)
  trace.graph.output('gradient', gradient)
  const values = evaluate(trace.graph.live(), (leaf) => ({
    data: Float64Array.from(leaf.op.traits.leaf === 'constant' ? [weight] : (leaf === y ? targets : outputs).flat()),
    shape: leaf.shape,
  }))
  const { data } = values.get(elements) as RefArray
  const size = data.length / outputs.length
  return {
    images: outputs.map((_, i) => weight * data.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0)),
    gradient: [...(values.get(gradient) as RefArray).data],
  }
}
