/** @file Functions as text: every statement and every kind of expression, and a kernel of a network. */
import { expect, it } from 'vitest'
import { Graph } from '../ir/graph.ts'
import { emitGroup } from '../ops/cpu/loop/loop.ts'
import * as ops from '../ops/index.ts'
import { f32, f32x4, i32, i32x4, int, v128 } from './expr.ts'
import { ModuleBuilder } from './module.ts'
import { printFunction } from './print.ts'

it('shows statements and expressions as one would write them', () => {
  const module = new ModuleBuilder('relaxed')
  const other = module.function('other', { x: 'i32' }, () => {})
  const f = module.function('all', { from: 'i32', to: 'i32', count: 'i32' }, (f, { from, to, count }) => {
    f.range(0, count, 4, (i) => {
      const a = f.let(v128.load(i32.add(from, i), 16))
      const b = f.let(f32x4.add(f32x4.mul(a, f32x4.const(0.5)), v128.loadSplat(to)))
      f.store(i32.add(to, i32.mul(i, 8)), module.madd(a, b, v128.shuffle(a, b, [0, 4, 1, 5])), 32)
    })
    f.if(
      i32.ltU(count, int(7)),
      () => f.call(other, i32.shl(count, 2)),
      () => f.trap(),
    )
    f.store(to, f32.max(f32x4.extractLane(i32x4.lanes(1, 2, 3, 4), 2), f32.const(1)))
    f.zero(to, 64)
    f.copy(to, from, i32.select(1, 2, count))
    f.drop(i32.atomicAdd(from, 1, 8))
    f.atomicStore(from, 0)
  })
  expect(`\n${printFunction(f)}\n`).toBe(`
all(from: i32, to: i32, count: i32) {
  i3 = 0
  if (i3 < count) {
    do {
      v4 = v128.load[from + i3 + 16]
      v5 = (v4 * 0.5) + v128.load32_splat[to]
      v128.store[to + (i3 * 8) + 32] = f32x4.relaxed_madd(v4, v5, shuffle 0 4 1 5(v4, v5))
      i3 = i3 + 4
    } while (i3 < count)
  }
  if (i32.lt_u(count, 7)) {
    other(count << 2)
  } else {
    trap
  }
  f32.store[to] = f32.max(f32x4.extract_lane 2({1, 2, 3, 4}), 1)
  zero(to, 64)
  copy(to, from, i32.select(1, 2, count))
  i32.atomic.rmw.add[from + 8](1)
  i32.atomic.store[from] = 0
}
`)
})

it('shows the kernel of relu(x) + y', async () => {
  const graph = new Graph()
  const [x, y] = ['x', 'y'].map((name) => ops.input(graph, name, { shape: [4, 3, 8], dtype: 'f32', batched: true }))
  const sum = ops.add(ops.relu(x), y)
  const group = { nodes: graph.nodes.slice(2), inputs: [x, y], outputs: [sum] }
  const module = new ModuleBuilder('simd')
  const params = { x: 'i32', y: 'i32', sum: 'i32', begin: 'i32', end: 'i32' } as const
  const f = module.function('relu+add', params, (f, p) =>
    emitGroup(f, group, { inputs: [p.x, p.y], outputs: [p.sum], begin: p.begin, end: p.end }),
  )
  await expect(`${printFunction(f)}\n`).toMatchFileSnapshot('print/relu-add.txt')
})
