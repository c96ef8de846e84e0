/** @file Evaluates graphs node by node in f64 with the reference kernels. */
import { invariant } from '../base/errors.ts'
import type { Node } from '../ir/node.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { referenceKernels } from './reference.ts'
import type { RefArray, ReferenceKernel } from './reference-kernel.ts'

/**
 * The values of `nodes` (inputs before users), leaves included.
 *
 * @param leafValue the value of a leaf
 * @param batch images in batched values; what the graph was built for when absent
 */
export function evaluate(
  nodes: readonly Node[],
  leafValue: (leaf: Node) => RefArray,
  batch?: number,
): Map<Node, RefArray> {
  const values = new Map<Node, RefArray>()
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => values.get(input) as RefArray)
    values.set(node, node.op.traits.leaf ? leafValue(node) : runReference(node, inputs, batch))
  }
  return values
}

/** One node's value from those of its inputs. */
export function runReference(node: Node, inputs: readonly RefArray[], batch?: number): RefArray {
  const shape: Shape = node.batched && batch !== undefined ? [batch, ...node.shape.slice(1)] : node.shape
  const kernels: { readonly [name: string]: ReferenceKernel | undefined } = referenceKernels
  const kernel = kernels[node.op.name]
  invariant(kernel, `${node.op.name} has no reference kernel`)
  return { data: kernel(inputs, node.attrs, shape), shape }
}
