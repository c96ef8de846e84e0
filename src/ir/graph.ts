/** @file A graph under construction: its leaves, the labels of the layers being traced, and what it returns. */
import { invariant } from '../base/errors.ts'
import { showShape } from '../tensor/ndarray.ts'
import type { Attrs, GraphScope, Node, OpDef, TensorType } from './node.ts'

export class Graph implements GraphScope {
  readonly nodes: Node[] = []
  /** Named results, read after a step. */
  readonly outputs = new Map<string, Node>()
  /** Parameters that take a new value at the end of a step. */
  readonly updates: { readonly param: Node; readonly value: Node }[] = []
  /** When it has an element that is not finite, no update takes place: a bad step leaves the weights as they were. */
  guard: Node | undefined
  private readonly updateIndex = new Map<Node, number>()
  private readonly labels: string[] = []

  add(op: OpDef, inputs: readonly Node[], attrs: Attrs, type: TensorType): Node {
    invariant(
      inputs.every((input) => input.graph === this),
      `${op.name}: inputs come from different graphs`,
    )
    const { shape, dtype, batched } = type // spreading it would take most of the time of tracing
    const [id, label] = [this.nodes.length, this.labels.join('/')]
    const node: Node = { id, graph: this, op, inputs, attrs, shape, dtype, batched, label }
    this.nodes.push(node)
    return node
  }

  /** Adds a leaf; the op must carry the trait `leaf`. */
  leaf(op: OpDef, attrs: Attrs, type: TensorType): Node {
    return this.add(op, [], attrs, type)
  }

  /** Nodes made inside `body` carry `label` in their path. */
  within<T>(label: string, body: () => T): T {
    this.labels.push(label)
    try {
      return body()
    } finally {
      this.labels.pop()
    }
  }

  output(name: string, node: Node): void {
    invariant(!this.outputs.has(name), `output ${name} is declared twice`)
    this.outputs.set(name, node)
  }

  /** Of several values for the same parameter the last one counts. */
  update(param: Node, value: Node): void {
    invariant(param.op.traits.leaf === 'param', 'only parameters can be updated')
    const known = this.updateIndex.get(param) ?? this.updates.length
    this.updateIndex.set(param, known)
    this.updates[known] = { param, value }
  }

  /** The value that the parameter takes at the end of a step, if it takes one. */
  updateOf(param: Node): Node | undefined {
    return this.updates[this.updateIndex.get(param) ?? -1]?.value
  }

  /** What the graph must compute: outputs, the guard, then updates. */
  get roots(): Node[] {
    return [...this.outputs.values(), ...(this.guard ? [this.guard] : []), ...this.updates.map((u) => u.value)]
  }

  /** Nodes that some root needs, inputs before users. */
  live(): Node[] {
    const needed = new Set<Node>()
    const stack = [...this.roots, ...this.updates.map((u) => u.param)]
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (needed.has(node)) continue
      needed.add(node)
      stack.push(...node.inputs)
    }
    return this.nodes.filter((node) => needed.has(node))
  }
}

/** `%7 = matmul(%3, %5) [128, 10] f32 batched  # dense` */
export function printGraph(graph: Graph): string {
  const names = new Map([...graph.outputs].map(([name, node]) => [node, name]))
  const lines = graph.live().map((node) => {
    const attrs = Object.entries(node.attrs).map(
      ([key, value]) => `${key}=${Array.isArray(value) ? value.join('x') : value}`,
    )
    const args = [...node.inputs.map((input) => `%${input.id}`), ...attrs].join(', ')
    const notes = [node.label, names.has(node) ? `-> ${names.get(node)}` : ''].filter(Boolean).join(' ')
    return `%${node.id} = ${node.op.name}(${args}) ${showShape(node.shape)} ${node.dtype}${node.batched ? ' batched' : ''}${notes ? `  # ${notes}` : ''}`
  })
  const updates = graph.updates.map(({ param, value }) => `update %${param.id} <- %${value.id}`)
  const guard = graph.guard ? [`updates only while %${graph.guard.id} is finite`] : []
  return [...lines, ...guard, ...updates].join('\n')
}
