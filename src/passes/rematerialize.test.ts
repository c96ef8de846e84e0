/** @file Which values are computed again behind a sum over the batch. */
import { expect, it } from 'vitest'
import { Graph } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'
import { add, broadcastLike, exp, input, matmul, mul, param, relu, square, sub, sumLeading } from '../ops/index.ts'
import { repeatCheapChains } from './rematerialize.ts'

/** y = x w; a chain on y is read by a sum, and again behind that sum. */
function network(chain: (y: Node, column: Node) => Node, last: (y: Node, a: Node, total: Node) => Node): Graph {
  const graph = new Graph()
  const x = input(graph, 'x', { shape: [4, 6, 8], dtype: 'f32', batched: true })
  const y = matmul(x, param(graph, 'w', [8, 8]))
  const a = chain(y, param(graph, 'c', [8]))
  const total = sumLeading(matmul(a, param(graph, 'v', [8, 8])))
  graph.output('out', last(y, a, total))
  return graph
}

const opsOf = (graph: Graph) => graph.nodes.map((node) => node.op.name).filter((name) => !/input|param/.test(name))

it('repeats a chain of cheap ops on a value that is kept behind a sum over the batch', () => {
  const graph = network(
    (y, column) => relu(sub(y, column)),
    (y, a, total) => sumLeading(mul(matmul(add(y, total), a.inputs[0].inputs[0].inputs[1]), a)),
  )
  expect(opsOf(graph)).toEqual('matmul sub relu matmul sumLeading add matmul mul sumLeading'.split(' '))
  expect(opsOf(repeatCheapChains(graph))).toEqual(
    'matmul sub relu matmul sumLeading add matmul sub relu mul sumLeading'.split(' '),
  )
})

it('and nowhere else', () => {
  const graph = network(
    (y, column) => relu(sub(y, column)),
    (y, a, total) => sumLeading(add(mul(matmul(a, a.inputs[0].inputs[0].inputs[1]), y), broadcastLike(y, total))),
  )
  expect(opsOf(repeatCheapChains(graph))).toEqual(opsOf(graph))
})

it.each<[string, (y: Node, column: Node) => Node, boolean]>([
  ['costly ops', (y) => exp(y), true],
  ['ops on two values', (y) => mul(y, square(y)), true],
  ['values that nothing else keeps', (y, column) => relu(sub(y, column)), false],
])('leaves alone %s', (_, chain, keepsY) => {
  const graph = network(chain, (y, a, total) => sumLeading(keepsY ? mul(add(y, total), a) : add(a, total)))
  expect(opsOf(repeatCheapChains(graph))).toEqual(opsOf(graph))
})
