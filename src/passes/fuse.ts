/**
 * @file Decides which nodes run together in one kernel. Reads traits and shapes, never op names.
 *
 * Three rules, applied in this order:
 * 1. a `tileSource` whose every user reads it tile by tile is recomputed inside those users;
 * 2. a chain of elementwise ops behind an `epilogue` op is applied as that op stores its result;
 * 3. the remaining elementwise ops on values of equal type, and sums over the rows of such values, are grouped, as long as
 *    no cycle arises and no update has to come before the guard; ops that cost less than loading their result are repeated
 *    in each group that reads it, when only groups read it: an epilogue loads what it needs.
 */

import type { Cluster, EpilogueStep, FusedGroup, FusedOp } from '../ir/fused.ts'
import type { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import { depthsOf } from './batch-barriers.ts'
import { findRepeated, group, operandsOf, typeKey, visited } from './loop-fusion.ts'

/** Switches fusion off, to test that it changes nothing. */
export interface FuseOptions {
  readonly fuse: boolean
}

export function fuse(graph: Graph, options: FuseOptions = { fuse: true }): Cluster[] {
  const nodes = graph.live().filter((node) => !node.op.traits.leaf)
  if (!options.fuse) return nodes.map((node) => (visited(node) ? groupOf([node], new Set()) : alone(node)))
  const roots = new Set(graph.roots)
  const users = usersOf(nodes)
  const recomputed = findRecomputed(nodes, users, roots)
  const { ops, applied } = fuseOps(nodes, { users, roots, recomputed })
  const rest = nodes.filter((node) => visited(node) && !applied.has(node))
  const repeated = findRepeated(rest, users, roots)
  const grouped = group(
    rest.filter((node) => !repeated.has(node)),
    { users: usersOf(nodes, repeated), repeated, depths: depthsOf(graph.live()), early: neededBy(graph.guard) },
  )
  return [...ops, ...grouped.map((members) => groupOf(members, repeated))]
}

const alone = (node: Node): FusedOp => ({ kind: 'op', node, epilogue: [], extras: [] })

interface Surroundings {
  readonly users: ReadonlyMap<Node, readonly Node[]>
  readonly roots: ReadonlySet<Node>
  readonly recomputed: ReadonlySet<Node>
}

/** Everything that is no plain loop, with what its kernel does besides; `applied`: elementwise ops that are epilogues now. */
function fuseOps(nodes: readonly Node[], { users, roots, recomputed }: Surroundings) {
  const applied = new Set<Node>()
  const ops: FusedOp[] = []
  for (const node of nodes) {
    if (recomputed.has(node) || visited(node)) continue
    const chain = node.op.traits.epilogue ? epilogueChain(node, users, roots, applied) : {}
    const tiled = node.inputs[node.op.traits.readsTiles ?? -1]
    const source = tiled && recomputed.has(tiled) ? { source: tiled } : {}
    ops.push({ ...alone(node), ...chain, ...source })
  }
  return { ops, applied }
}

/** The group of these members, with the repeated nodes that they read. */
function groupOf(members: readonly Node[], repeated: ReadonlySet<Node>): FusedGroup {
  const own = new Set(members.flatMap((node) => node.inputs.filter((input) => repeated.has(input))))
  return { kind: 'group', nodes: [...own, ...members].sort((a, b) => a.id - b.id), repeated: own }
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

/** Who reads each value; repeated nodes stand for those who read them. */
export function usersOf(nodes: readonly Node[], repeated: ReadonlySet<Node> = new Set()): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>()
  for (const node of nodes) {
    if (repeated.has(node)) continue
    for (const input of new Set(operandsOf(node, repeated))) {
      const known = users.get(input)
      if (known) known.push(node)
      else users.set(input, [node])
    }
  }
  return users
}

function findRecomputed(
  nodes: readonly Node[],
  users: ReadonlyMap<Node, readonly Node[]>,
  roots: ReadonlySet<Node>,
): Set<Node> {
  const readsTiles = (user: Node, value: Node) =>
    user.inputs.every((input, i) => input !== value || i === user.op.traits.readsTiles)
  return new Set(
    nodes.filter(
      (node) =>
        node.op.traits.tileSource && !roots.has(node) && users.get(node)?.every((user) => readsTiles(user, node)),
    ),
  )
}

/**
 * Follows single users that are elementwise on the whole result; the last one's value is what gets stored. Where two such
 * ops meet, as in a residual block, the first takes the user.
 */
function epilogueChain(
  node: Node,
  users: ReadonlyMap<Node, readonly Node[]>,
  roots: ReadonlySet<Node>,
  applied: Set<Node>,
) {
  const epilogue: EpilogueStep[] = []
  const extras: Node[] = []
  let value = node
  for (;;) {
    const next = users.get(value)?.length === 1 && !roots.has(value) ? users.get(value)?.[0] : undefined
    if (!next?.op.traits.elementwise || applied.has(next) || typeKey(next) !== typeKey(node)) break
    const through = next.inputs.indexOf(value)
    if (next.inputs.indexOf(value, through + 1) >= 0) break
    const others = next.inputs.filter((_, i) => i !== through)
    epilogue.push({ node: next, through, extras: others.map((_, i) => extras.length + i) })
    extras.push(...others)
    applied.add(next)
    value = next
  }
  return { epilogue, extras }
}

/** `%7 matmul, of tiles of %6 dwconv2d, then %8 add, %9 relu` or `loop: %12 mul, %13 sub` */
export function printCluster(cluster: Cluster): string {
  const show = (node: Node) => `%${node.id} ${node.op.name}`
  if (cluster.kind === 'group') return `loop: ${cluster.nodes.map(show).join(', ')}`
  const { node, source, epilogue } = cluster
  const parts = [show(node), source && `of tiles of ${show(source)}`]
  const then = epilogue.map((step) => show(step.node)).join(', ')
  return [...parts.filter(Boolean), then && `then ${then}`].filter(Boolean).join(', ')
}
