/** @file Graphs that are not what they claim to be. */
import { describe, expect, it } from 'vitest'
import { input, param, relu } from '../ops/index.ts'
import { Graph } from './graph.ts'
import { verifyGraph } from './verify.ts'

function small() {
  const graph = new Graph()
  const x = input(graph, 'x', { shape: [2, 3], dtype: 'f32', batched: true })
  const w = param(graph, 'w', [3])
  return { graph, x, w, y: graph.within('head', () => relu(x)) }
}

describe('verifyGraph', () => {
  it('has nothing against a graph that the ops have built', () => {
    expect(() => verifyGraph(small().graph)).not.toThrow()
  })

  it.each([
    ['a shape', { shape: [2, 4] }, '%2 relu of head is f32 [2, 4] batched, its op says f32 [2, 3] batched'],
    ['a type', { dtype: 'u8' as const }, '%2 relu of head is u8 [2, 3] batched, its op says f32 [2, 3] batched'],
    ['batchedness', { batched: false }, '%2 relu of head is f32 [2, 3], its op says f32 [2, 3] batched'],
    ['a place', { id: 5 }, '%5 relu of head stands at place 2 of its graph'],
  ])('finds %s that is wrong', (_, wrong, message) => {
    const { graph, y } = small()
    graph.nodes[2] = { ...y, ...wrong }
    expect(() => verifyGraph(graph)).toThrow(message)
  })

  it('finds a node that reads what comes later, or is from elsewhere', () => {
    const { graph, y } = small()
    graph.nodes[2] = { ...y, inputs: [{ ...y, id: 3 }] }
    expect(() => verifyGraph(graph)).toThrow('%2 relu of head reads %3 relu of head, which does not come before it')
    graph.nodes[2] = { ...y, inputs: [small().x] }
    expect(() => verifyGraph(graph)).toThrow('%2 relu of head reads %0 input, which does not come before it')
  })

  it('finds an update of another shape, and a root of another graph', () => {
    const { graph, w, y } = small()
    graph.update(w, y)
    expect(() => verifyGraph(graph)).toThrow(
      '%1 param is f32 [3] but takes the value of %2 relu of head, f32 [2, 3] batched',
    )
    const other = small()
    other.graph.guard = y
    expect(() => verifyGraph(other.graph)).toThrow('%2 relu of head belongs to another graph')
  })
})
