/** @file Checks that a graph is what its ops say it is: run on every graph under CHECK=1, and by tests. */
import { invariant } from '../base/errors.ts'
import { showShape } from '../tensor/ndarray.ts'
import type { Graph } from './graph.ts'
import type { Node, TensorType } from './node.ts'

/** @throws SeparableError (`internal`) naming the first node that is wrong */
export function verifyGraph(graph: Graph): void {
  graph.nodes.forEach((node, i) => {
    invariant(node.id === i, `${name(node)} stands at place ${i} of its graph`)
    verifyNode(node)
  })
  for (const { param, value } of graph.updates)
    invariant(
      show(param) === show(value),
      `${name(param)} is ${show(param)} but takes the value of ${name(value)}, ${show(value)}`,
    )
  for (const root of graph.roots) invariant(root.graph === graph, `${name(root)} belongs to another graph`)
}

function verifyNode(node: Node): void {
  for (const input of node.inputs)
    invariant(
      input.graph === node.graph && input.id < node.id,
      `${name(node)} reads ${name(input)}, which does not come before it`,
    )
  if (node.op.traits.leaf) return
  const inferred = show(node.op.infer(node.inputs, node.attrs))
  invariant(inferred === show(node), `${name(node)} is ${show(node)}, its op says ${inferred}`)
}

const name = (node: Node) => `%${node.id} ${node.op.name}${node.label ? ` of ${node.label}` : ''}`

const show = ({ shape, dtype, batched }: TensorType) => `${dtype} ${showShape(shape)}${batched ? ' batched' : ''}`
