/** @file How often a value waits for the whole batch: where images are coupled, a step falls into parts. */
import { type Node, sumsImages } from '../ir/node.ts'

/**
 * For each node the largest number of nodes on a path to it that need all images: sums over the batch, and what reads other
 * images than its own. Paths never lead back to a smaller number.
 */
export function depthsOf(nodes: readonly Node[]): ReadonlyMap<Node, number> {
  const depths = new Map<Node, number>()
  for (const node of nodes) {
    const before = node.inputs.map((input) => (depths.get(input) ?? 0) + Number(couples(input)))
    depths.set(node, Math.max(0, ...before))
  }
  return depths
}

function couples(node: Node): boolean {
  return sumsImages(node) || node.op.traits.crossesImages !== undefined
}
