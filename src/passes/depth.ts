/** @file How many sums over the batch a value waits for: where images are coupled, a step falls into parts. */
import type { Node } from '../ir/node.ts'
import { sumsImages } from '../ops/kernel.ts'

/** For each node the largest number of sums over the batch on a path to it. Paths never lead back to a smaller number. */
export function depthsOf(nodes: readonly Node[]): ReadonlyMap<Node, number> {
  const depths = new Map<Node, number>()
  for (const node of nodes) {
    const before = node.inputs.map((input) => (depths.get(input) ?? 0) + Number(sumsImages(input)))
    depths.set(node, Math.max(0, ...before))
  }
  return depths
}
