/** @file Fusion decides by traits alone: these ops exist only here. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../ir/fused.ts'
import { Graph } from '../ir/graph.ts'
import { build, type Node, type OpDef, type Traits } from '../ir/node.ts'
import { fuse } from './fuse.ts'

function fakeOp(name: string, traits: Traits): OpDef {
  return {
    name,
    traits,
    infer: ([first]) => ({ shape: first?.shape ?? [1], dtype: 'f32', batched: first?.batched ?? false }),
    cost: () => ({ macs: 0 }),
    grad: 'none',
    cases: [],
  }
}

const leaf = fakeOp('leaf', { leaf: 'input' })
const contraction = fakeOp('contraction', { epilogue: true, readsTiles: 0 })
const tiles = fakeOp('tiles', { tileSource: true, epilogue: true })
const plain = fakeOp('plain', {})
const wise = fakeOp('wise', { elementwise: true })
const cheap = fakeOp('cheap', { elementwise: true, cheap: true })
const sum: OpDef = {
  ...fakeOp('sum', { reducesBatch: true, sumsRows: true }),
  infer: ([x]) => ({ shape: [x?.shape.at(-1) as number], dtype: 'f32', batched: false }),
}

function setUp() {
  const graph = new Graph()
  const x = graph.leaf(leaf, { name: 'x' }, { shape: [2, 8], dtype: 'f32', batched: true })
  return { graph, x }
}

const show = (clusters: Cluster[]) =>
  clusters
    .map((c) =>
      c.kind === 'group'
        ? `{${c.nodes.map((n) => n.id).join(' ')}}`
        : [...(c.source ? [c.source] : []), c.node, ...c.epilogue.map((s) => s.node)].map((n) => n.id).join('+'),
    )
    .sort()

const output = (graph: Graph, ...nodes: Node[]) => {
  nodes.forEach((node, i) => {
    graph.output(`out${i}`, node)
  })
}

describe('fuse', () => {
  it('appends elementwise ops to an op that can apply them as it stores', () => {
    const { graph, x } = setUp()
    output(graph, build(wise, [build(wise, [build(contraction, [x])])]))
    expect(show(fuse(graph))).toEqual(['1+2+3'])
    expect(show(fuse(graph, { fuse: false }))).toEqual(['1', '{2}', '{3}'])
  })

  it('stops the epilogue where a value has a second user or is an output', () => {
    const { graph, x } = setUp()
    const c = build(contraction, [x])
    const first = build(wise, [c])
    output(graph, build(wise, [first]), build(plain, [first]))
    expect(show(fuse(graph))).toEqual(['1+2', '4', '{3}'])
    const other = setUp()
    const kept = build(contraction, [other.x])
    output(other.graph, kept, build(wise, [kept]))
    expect(show(fuse(other.graph))).toEqual(['1', '{2}'])
  })

  it('gives an op that two others end in to the first of them', () => {
    const { graph, x } = setUp()
    const [left, right] = [build(contraction, [x]), build(contraction, [x])]
    output(graph, build(wise, [build(wise, [left, right])]))
    expect(show(fuse(graph))).toEqual(['1+3+4', '2'])
  })

  it('recomputes a tile source inside its users only when all of them read tiles', () => {
    const { graph, x } = setUp()
    const t = build(tiles, [x])
    output(graph, build(contraction, [t, x]), build(contraction, [t, x]))
    expect(show(fuse(graph))).toEqual(['1+2', '1+3'])
    const other = setUp()
    const kept = build(tiles, [other.x])
    output(other.graph, build(contraction, [kept, other.x]), build(contraction, [other.x, kept]))
    expect(show(fuse(other.graph))).toEqual(['1', '2', '3'])
  })

  it('groups elementwise ops, but never around an op in between', () => {
    const { graph, x } = setUp()
    const a = build(wise, [x])
    const b = build(wise, [a])
    const between = build(plain, [a])
    output(graph, build(wise, [b, between]))
    expect(show(fuse(graph))).toEqual(['3', '{1 2}', '{4}'])
  })

  it('sums the rows of what a loop computes or reads in the same loop, but nothing reads a sum there', () => {
    const { graph, x } = setUp()
    const a = build(wise, [x])
    output(graph, build(sum, [a]), build(sum, [x]), build(wise, [a, build(sum, [a])]))
    expect(show(fuse(graph))).toEqual(['{1 2 3 4}', '{5}'])
  })

  it('repeats a cheap op in each loop that reads it, if what it reads is stored anyway', () => {
    const { graph, x } = setUp()
    const y = build(contraction, [x])
    const shifted = build(cheap, [y])
    const total = build(sum, [shifted])
    output(graph, y, build(wise, [shifted, total]))
    expect(show(fuse(graph))).toEqual(['1', '{2 3}', '{2 4}'])
    expect(show(fuse(graph, { fuse: false }))).toEqual(['1', '{2}', '{3}', '{4}'])
  })

  it('stores a cheap op that an epilogue reads as well', () => {
    const { graph, x } = setUp()
    const y = build(contraction, [x])
    const shifted = build(cheap, [y])
    const masked = build(wise, [shifted, y])
    const later = build(contraction, [masked])
    output(graph, y, masked, build(wise, [shifted, later]))
    expect(show(fuse(graph))).toEqual(['1', '4+5', '{2 3}'])
  })

  it('keeps loops apart that would wait for each other', () => {
    const { graph, x } = setUp()
    const other = graph.leaf(leaf, { name: 'other' }, { shape: [2, 4], dtype: 'f32', batched: true })
    const resized = (from: Node, to: Node) => graph.add(plain, [from], {}, { ...to, shape: to.shape })
    const [large, small] = [build(wise, [x]), build(wise, [other])]
    const [up, down] = [resized(small, large), resized(large, small)]
    output(graph, build(wise, [large, up]), build(wise, [small, down]))
    // Node by node, {2 6} and {3 7} are fine: nothing leaves one of them and comes back.
    expect(show(fuse(graph))).toEqual(['4', '5', '{2 6}', '{3}', '{7}'])
  })
})
