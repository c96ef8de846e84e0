/**
 * @file Decides which nodes run together in one kernel. Reads traits and shapes, never op names.
 *
 * Three rules, applied in this order:
 * 1. a `tileSource` whose every user reads it tile by tile is recomputed inside those users;
 * 2. a chain of elementwise ops behind an `epilogue` op is applied as that op stores its result;
 * 3. the remaining elementwise ops of equal type are grouped, as long as no cycle arises and no update has to come before
 *    the guard.
 */
import type { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import type { EpilogueStep } from '../ops/kernel.ts'
import { showShape } from '../tensor/ndarray.ts'

export interface FusedOp {
  readonly kind: 'op'
  readonly node: Node
  readonly source?: Node
  readonly epilogue: readonly EpilogueStep[]
  readonly extras: readonly Node[]
}

export interface FusedGroup {
  readonly kind: 'group'
  readonly nodes: readonly Node[]
}

export type Cluster = FusedOp | FusedGroup

/** Switches fusion off, to test that it changes nothing. */
export interface FuseOptions {
  readonly fuse: boolean
}

export function fuse(graph: Graph, options: FuseOptions = { fuse: true }): Cluster[] {
  const nodes = graph.live().filter((node) => !node.op.traits.leaf)
  const users = usersOf(nodes)
  const roots = new Set(graph.roots)
  const recomputed = options.fuse ? findRecomputed(nodes, users, roots) : new Set<Node>()
  const taken = new Set<Node>(recomputed)
  const clusters: Cluster[] = []
  for (const node of nodes) {
    if (taken.has(node) || node.op.traits.elementwise) continue
    const chain = options.fuse && node.op.traits.epilogue ? epilogueChain(node, users, roots) : noEpilogue
    for (const step of chain.epilogue) taken.add(step.node)
    const tiled = node.inputs[node.op.traits.readsTiles ?? -1]
    clusters.push({ kind: 'op', node, ...chain, ...(tiled && recomputed.has(tiled) ? { source: tiled } : {}) })
  }
  const rest = nodes.filter((node) => node.op.traits.elementwise && !taken.has(node))
  return [...clusters, ...(options.fuse ? group(rest, users, neededBy(graph.guard)) : rest.map(single))]
}

/** A node and all that it is computed from; updates wait for the guard, so these cannot run together with them. */
function neededBy(guard: Node | undefined): Set<Node> {
  const needed = new Set<Node>()
  const stack = guard ? [guard] : []
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (needed.has(node)) continue
    needed.add(node)
    stack.push(...node.inputs)
  }
  return needed
}

const noEpilogue = { epilogue: [], extras: [] }
const single = (node: Node): FusedGroup => ({ kind: 'group', nodes: [node] })

/** The nodes that read each node. */
export function usersOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>()
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      const known = users.get(input)
      if (known) known.push(node)
      else users.set(input, [node])
    }
  }
  return users
}

function findRecomputed(nodes: readonly Node[], users: Map<Node, Node[]>, roots: Set<Node>): Set<Node> {
  const readsTiles = (user: Node, value: Node) =>
    user.inputs.every((input, i) => input !== value || i === user.op.traits.readsTiles)
  return new Set(
    nodes.filter(
      (node) =>
        node.op.traits.tileSource && !roots.has(node) && users.get(node)?.every((user) => readsTiles(user, node)),
    ),
  )
}

/** Follows single users that are elementwise on the whole result; the last one's value is what gets stored. */
function epilogueChain(node: Node, users: Map<Node, Node[]>, roots: Set<Node>) {
  const epilogue: EpilogueStep[] = []
  const extras: Node[] = []
  let value = node
  for (;;) {
    const next = users.get(value)?.length === 1 && !roots.has(value) ? users.get(value)?.[0] : undefined
    if (!next?.op.traits.elementwise || typeKey(next) !== typeKey(node)) break
    const through = next.inputs.indexOf(value)
    if (next.inputs.indexOf(value, through + 1) >= 0) break
    const others = next.inputs.filter((_, i) => i !== through)
    epilogue.push({ node: next, through, extras: others.map((_, i) => extras.length + i) })
    extras.push(...others)
    value = next
  }
  return { epilogue, extras }
}

/** Elementwise nodes can share a loop when their results have the same type. */
function typeKey(node: Node): string {
  return `${showShape(node.shape)} ${node.dtype} ${node.batched}`
}

function group(nodes: readonly Node[], users: Map<Node, Node[]>, early: Set<Node>): FusedGroup[] {
  const groupOf = new Map<Node, Set<Node>>()
  for (const node of nodes) {
    groupOf.set(node, new Set([node]))
    for (const input of node.inputs) {
      const mine = groupOf.get(node) as Set<Node>
      const other = groupOf.get(input)
      if (!other || other === mine || typeKey(input) !== typeKey(node) || early.has(input) !== early.has(node)) continue
      const merged = new Set([...other, ...mine])
      if (leavesAndReturns(merged, users)) continue
      for (const member of merged) groupOf.set(member, merged)
    }
  }
  const byId = (a: Node, b: Node) => a.id - b.id
  return [...new Set(groupOf.values())].map((set) => ({ kind: 'group', nodes: [...set].sort(byId) }))
}

/** Whether some path leaves the set and comes back: such a set cannot run as one kernel. */
function leavesAndReturns(set: Set<Node>, users: Map<Node, Node[]>): boolean {
  const last = Math.max(...[...set].map((node) => node.id))
  const seen = new Set<Node>()
  const stack = [...set].flatMap((node) => (users.get(node) ?? []).filter((user) => !set.has(user)))
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node) || node.id > last) continue
    seen.add(node)
    for (const user of users.get(node) ?? []) {
      if (set.has(user)) return true
      stack.push(user)
    }
  }
  return false
}

/** `%7 matmul, of tiles of %6 dwconv2d, then %8 add, %9 relu` or `elementwise: %12 mul, %13 sub` */
export function printCluster(cluster: Cluster): string {
  const show = (node: Node) => `%${node.id} ${node.op.name}`
  if (cluster.kind === 'group') return `elementwise: ${cluster.nodes.map(show).join(', ')}`
  const { node, source, epilogue } = cluster
  const parts = [show(node), source && `of tiles of ${show(source)}`]
  const then = epilogue.map((step) => show(step.node)).join(', ')
  return [...parts.filter(Boolean), then && `then ${then}`].filter(Boolean).join(', ')
}
