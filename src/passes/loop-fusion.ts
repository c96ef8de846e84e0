/**
 * @file Puts nodes that visit the elements of equally shaped values into groups: elementwise ops, and sums over the rows of
 * such a value. A group is one loop. Reads traits and shapes, never op names.
 */
import type { Node } from '../ir/node.ts'
import { showShape } from '../tensor/ndarray.ts'
import { inCircles } from './cycles.ts'

/** The value whose elements the node visits: its own, or those that it sums; undefined when it is not a plain loop. */
export function visited(node: Node): Node | undefined {
  const { elementwise, sumsRows } = node.op.traits
  if (elementwise) return node
  const summed = sumsRows ? node.inputs[0] : undefined
  return summed?.batched ? summed : undefined
}

/** Nodes can share a loop when what they visit has the same type. */
export function typeKey({ shape, dtype, batched }: Node): string {
  return `${showShape(shape)} ${dtype} ${batched}`
}

/**
 * A single cheap op on a value that has to be stored anyway (its other operands are columns or scalars) and that only
 * loops read: each of these loops computes it again, which costs less than storing and loading it. `nodes`: all that will
 * be in some loop.
 */
export function findRepeated(
  nodes: readonly Node[],
  users: ReadonlyMap<Node, readonly Node[]>,
  roots: ReadonlySet<Node>,
): Set<Node> {
  const inLoop = new Set(nodes)
  const repeated = new Set<Node>()
  for (const node of nodes) {
    const { elementwise, cheap } = node.op.traits
    const readers = users.get(node) ?? []
    if (!elementwise || !cheap || !node.batched || roots.has(node) || readers.length < 2) continue
    const elements = node.inputs.filter((input) => typeKey(input) === typeKey(node))
    const [from] = elements
    const fits = from && elements.length === 1 && !repeated.has(from) && isStored(from, users, roots)
    const readInLoops = readers.every((user) => inLoop.has(user) && typeKey(visited(user) as Node) === typeKey(node))
    if (fits && readInLoops) repeated.add(node)
  }
  return repeated
}

/** Whether a value is in memory whatever becomes of one of its readers. */
function isStored(node: Node, users: ReadonlyMap<Node, readonly Node[]>, roots: ReadonlySet<Node>): boolean {
  return node.op.traits.leaf !== undefined || roots.has(node) || (users.get(node) ?? []).length > 1
}

/** What grouping has to know of the nodes around. */
interface Surroundings {
  /** Who reads a value, through repeated nodes too. */
  readonly users: ReadonlyMap<Node, readonly Node[]>
  readonly repeated: ReadonlySet<Node>
  /** How many sums over the batch each node waits for. */
  readonly depths: ReadonlyMap<Node, number>
  /** Nodes that must not run together with others: those that the guard needs. */
  readonly early: ReadonlySet<Node>
}

/** Members of a loop, without the repeated nodes that they read. */
export function group(nodes: readonly Node[], around: Surroundings): Node[][] {
  const groups = new Groups(around)
  for (const node of nodes) groups.open(node)
  joinAll(nodes, around, (a, b) => groups.join(a, b, false))
  const tangled = groups.dissolveTangled()
  joinAll(tangled, around, (a, b) => groups.join(a, b, true))
  return groups.all()
}

function joinAll(nodes: readonly Node[], around: Surroundings, join: (a: Node, b: Node) => void): void {
  for (const node of nodes)
    for (const input of operandsOf(node, around.repeated)) if (visited(input) === input) join(input, node)
  // Sums of a value that is not made in a loop go along with others that read it.
  for (const node of nodes) {
    const of = visited(node) as Node
    if (of === node) continue
    for (const value of [of, ...operandsOf(of, around.repeated)])
      for (const user of around.users.get(value) ?? []) join(user, node)
  }
}

/** The inputs of a node, and instead of repeated ones their inputs. */
export function operandsOf(node: Node, repeated: ReadonlySet<Node>): Node[] {
  return node.inputs.flatMap((input) => (repeated.has(input) ? input.inputs : [input]))
}

class Groups {
  private readonly of = new Map<Node, Set<Node>>()
  private readonly around: Surroundings

  constructor(around: Surroundings) {
    this.around = around
  }

  open(node: Node): void {
    this.of.set(node, new Set([node]))
  }

  /**
   * Merges the groups of two nodes, if they can run as one loop.
   * @param whole whether other groups count as the loops that they are: what waits for one member waits for all. That takes
   *   a walk over the graph, where otherwise a look at the nodes in between is enough.
   */
  join(a: Node, b: Node, whole: boolean): void {
    const { early } = this.around
    const [one, other] = [this.of.get(a), this.of.get(b)]
    if (!one || !other || one === other) return
    if (early.has(a) !== early.has(b)) return
    if (typeKey(visited(a) as Node) !== typeKey(visited(b) as Node)) return
    const merged = new Set([...one, ...other])
    if (whole ? this.returnsThroughLoops(merged) : this.leavesAndReturns(merged)) return
    for (const member of merged) this.of.set(member, merged)
  }

  all(): Node[][] {
    return [...new Set(this.of.values())].map((set) => [...set].sort((a, b) => a.id - b.id))
  }

  /**
   * Two groups may wait for each other though no path leaves either and comes back to it: in networks of several scales that
   * exchange what they have computed. The members of such groups are alone again afterwards; returns them.
   */
  dissolveTangled(): Node[] {
    const unit = (node: Node) => this.of.get(node) ?? node
    const edges = [...this.around.users].flatMap(([node, users]) =>
      users.map((user) => [unit(node), unit(user)] as const).filter(([from, to]) => from !== to),
    )
    const tangled = [...inCircles(edges)].flatMap((unit) => (unit instanceof Set ? [...unit] : []))
    for (const node of tangled) this.open(node)
    return tangled.sort((a, b) => a.id - b.id)
  }

  /** Whether some path leaves the set and comes back: such a set cannot run as one loop. */
  private leavesAndReturns(set: ReadonlySet<Node>): boolean {
    const { users } = this.around
    const depthOf = (node: Node) => this.around.depths.get(node) as number
    const last = Math.max(...[...set].map((node) => node.id))
    const deepest = Math.max(...[...set].map(depthOf))
    const seen = new Set<Node>()
    const stack = this.readersOutside(set)
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (set.has(node)) return true
      if (seen.has(node) || node.id > last || depthOf(node) > deepest) continue
      seen.add(node)
      stack.push(...(users.get(node) ?? []))
    }
    return false
  }

  /** As `leavesAndReturns`, where a path that enters a loop may go on from all that the loop makes. */
  private returnsThroughLoops(set: ReadonlySet<Node>): boolean {
    const { users } = this.around
    const seen = new Set<Node>()
    const stack = this.readersOutside(set)
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (set.has(node)) return true
      if (seen.has(node)) continue
      for (const member of this.of.get(node) ?? [node]) {
        seen.add(member)
        stack.push(...(users.get(member) ?? []))
      }
    }
    return false
  }

  /** Who reads what the set makes. A sum leaves it at once: it is there when the loop has ended. */
  private readersOutside(set: ReadonlySet<Node>): Node[] {
    return [...set].flatMap((node) => {
      const readers = this.around.users.get(node) ?? []
      return visited(node) === node ? readers.filter((user) => !set.has(user)) : readers
    })
  }
}
