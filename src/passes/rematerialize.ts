/**
 * @file Computes values again instead of keeping them. Where a batch is coupled (a sum over its images lies in between),
 * every image must have come so far before any can go on, and what is read on both sides has to wait in main memory. A
 * chain of cheap elementwise ops on a value that waits there anyway is repeated on the other side: that takes less time
 * than writing and reading its result (T. Chen et al., "Training deep nets with sublinear memory cost", 2016).
 */
import { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import { depthsOf } from './batch-barriers.ts'
import { typeKey } from './loop-fusion.ts'

/** Ops of a chain that are repeated at most. */
const LONGEST_CHAIN = 8

/** An equal graph in which cheap chains are repeated behind sums over the batch. */
export function repeatCheapChains(graph: Graph): Graph {
  const nodes = graph.live()
  const depths = depthsOf(nodes)
  const depthOf = (node: Node) => depths.get(node) as number
  const isRepeated = chooser(nodes, graph.roots, depthOf)
  const copy = new Graph()
  const copies = new Map<Node, Node>()
  const again = new Map<string, Node>()
  const add = (node: Node, depth: number): Node => {
    const inputs = node.inputs.map((input) => read(input, depth))
    return copy.within(node.label, () => copy.add(node.op, inputs, node.attrs, node))
  }
  /** What a reader at this depth gets. */
  const read = (node: Node, depth: number): Node => {
    if (!isRepeated(node, depth)) return copies.get(node) as Node
    const key = `${node.id} ${depth}`
    const repeated = again.get(key) ?? add(node, depth)
    again.set(key, repeated)
    return repeated
  }
  for (const node of nodes) copies.set(node, add(node, depthOf(node)))
  const copyOf = (node: Node) => copies.get(node) as Node
  for (const [name, node] of graph.outputs) copy.output(name, copyOf(node))
  for (const { param, value } of graph.updates) copy.update(copyOf(param), copyOf(value))
  copy.guard = graph.guard && copyOf(graph.guard)
  return copy
}

/** Whether a reader at some depth computes a value again: when the source of its chain is there in any case. */
function chooser(nodes: readonly Node[], roots: readonly Node[], depthOf: (node: Node) => number) {
  const chains = findChains(nodes, roots)
  const reads = lastReads(nodes, depthOf, chains)
  return (node: Node, depth: number): boolean => {
    const source = chains.get(node)
    if (!source || depth <= depthOf(node)) return false
    const others = [...(reads.get(source) ?? [])].filter(([through]) => through !== node && depthOf(through) < depth)
    return others.some(([, last]) => last >= depth)
  }
}

/** Ends (and inner nodes) of cheap chains, with the value that each starts from. */
function findChains(nodes: readonly Node[], roots: readonly Node[]): Map<Node, Node> {
  const chains = new Map<Node, Node>()
  const lengths = new Map<Node, number>()
  for (const node of nodes) {
    const { elementwise, cheap } = node.op.traits
    if (!elementwise || !cheap || !node.batched || roots.includes(node)) continue
    const [from, ...others] = node.inputs.filter((input) => typeKey(input) === typeKey(node))
    const length = from ? (lengths.get(from) ?? 0) + 1 : 0
    if (!from || others.length > 0 || length > LONGEST_CHAIN) continue
    lengths.set(node, length)
    chains.set(node, chains.get(from) ?? from)
  }
  return chains
}

/**
 * For the source of each chain: the depth at which it, or each value of its chains, is last read by something that is not
 * itself repeated.
 * All but one of these reads can be served by keeping the source.
 */
function lastReads(
  nodes: readonly Node[],
  depthOf: (node: Node) => number,
  chains: ReadonlyMap<Node, Node>,
): LastReads {
  const reads: LastReads = new Map()
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (chains.has(node) && depthOf(node) === depthOf(input)) continue
      const source = chains.get(input) ?? input
      const last = reads.get(source) ?? new Map<Node, number>()
      reads.set(source, last.set(input, Math.max(last.get(input) ?? 0, depthOf(node))))
    }
  }
  return reads
}

type LastReads = Map<Node, Map<Node, number>>
