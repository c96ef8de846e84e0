/**
 * @file Reverse-mode differentiation as a graph transformation: one walk from a loss back to the values it is
 * differentiated by, adding ordinary nodes with the label of the layer that they differentiate. All knowledge of
 * derivatives is in the ops; which intermediate values stay in memory is decided later, by the planner.
 */
import { invariant, received, SeparableError } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import { add, constant } from '../ops/index.ts'
import { sameType } from '../ops/rules/infer.ts'
import { showShape } from '../tensor/ndarray.ts'

/**
 * Gradients of a loss with respect to each of `wrt`, of the same types as these.
 *
 * @param loss a value [1], or the gradients of the loss with respect to the values that it is made of, each of that value's
 *   type
 * @throws SeparableError (`argument`) when the loss does not depend on one of `wrt` (which is a mistake in the model, so
 *   it is not taken as a gradient of zero) or depends on it only where all derivatives are zero
 * @throws SeparableError (`unsupported`) when an op between the two has no derivative
 */
export function backward(loss: Node | ReadonlyMap<Node, Node>, wrt: readonly Node[]): Node[] {
  const grads = new Map(loss instanceof Map ? loss : [[loss as Node, one(loss as Node)]])
  for (const [value, seed] of grads) invariant(sameType(seed, value), 'a seed must have the type of its value')
  const path = between(wrt, [...grads.keys()])
  for (const node of [...path].reverse()) {
    const dy = grads.get(node)
    if (!dy || !node.inputs.some((input) => path.has(input))) continue
    inputGradients(node, dy).forEach((grad, i) => {
      const input = node.inputs[i]
      if (!grad || !path.has(input)) return
      invariant(sameType(grad, input), `${node.op.name}: gradient ${i} must have the type of input ${i}`)
      const sum = grads.get(input)
      grads.set(input, sum ? add(sum, grad) : grad)
    })
  }
  return wrt.map((node) => grads.get(node) ?? fail(node))
}

/** Nodes that depend on one of `wrt` and lead to one of `ends`, inputs before users. */
function between(wrt: readonly Node[], ends: readonly Node[]): Set<Node> {
  const needed = new Set<Node>()
  const stack = [...ends]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (needed.has(node)) continue
    needed.add(node)
    stack.push(...node.inputs)
  }
  const path = new Set<Node>()
  for (const node of [...needed].sort((a, b) => a.id - b.id)) {
    if (wrt.includes(node) || node.inputs.some((input) => path.has(input))) path.add(node)
  }
  return path
}

function inputGradients(node: Node, dy: Node): readonly (Node | null)[] {
  const { grad, name } = node.op
  if (grad === 'none')
    throw new SeparableError(
      'unsupported',
      `${name} has no derivative but lies between the loss and a trained value, ${received(node.label || name)}`,
    )
  return node.graph.within(node.label, () => grad(node, dy))
}

function one(loss: Node): Node {
  if (loss.batched || loss.shape.join() !== '1')
    throw new SeparableError('shape', `the loss must be one number [1], received: ${showShape(loss.shape)}`)
  return constant(loss.graph, 1)
}

function fail(node: Node): never {
  const name = node.attrs.name ?? node.label
  throw new SeparableError('argument', `the loss has no gradient with respect to this value, ${received(name)}`)
}
