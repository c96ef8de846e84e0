/** @file Elementwise groups: each op by itself against its reference, and an optimizer's step in place. */

import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import type { Local } from '../../../codegen/expr.ts'
import { WasmModule } from '../../../codegen/wasm/module.ts'
import { Graph } from '../../../ir/graph.ts'
import type { Node } from '../../../ir/node.ts'
import { add, div, elementwiseOps, mul, relu, scale, shift, sqrt, square, sub } from '../../elementwise/table.ts'
import { evaluate } from '../../evaluate.ts'
import { param, scalar } from '../../leaf/op.ts'
import type { RefArray } from '../../reference-kernel.ts'
import { machines, parityError, plainCall, runCall } from '../../testing/kernel-parity.ts'
import { casesOf, randomArray } from '../../testing/testing.ts'
import type { CpuKernel } from '../contract.ts'
import { type ElementwiseGroup, groupUnits } from './group.ts'
import { emitGroup } from './loop.ts'

// Off by default in the oldest supported Node.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** A group of one node as a kernel. */
const alone: CpuKernel = {
  variants: () => ['v4'],
  units: ({ node }) => groupUnits(groupOf(node)),
  emit: (f, { inputs, output, begin, end }, { node }) =>
    emitGroup(f, groupOf(node), { inputs, outputs: [output], begin, end }),
}
const groupOf = (node: Node): ElementwiseGroup => ({ nodes: [node], inputs: node.inputs, outputs: [node] })

describe.each(Object.values(elementwiseOps))('$name', (op) => {
  it.each(casesOf(op))('$name', (test) => {
    expect(parityError(alone, test)).toBeLessThan(1)
  })
})

it('keeps NaN visible behind relu', () => {
  const graph = new Graph()
  const node = relu(param(graph, 'x', [5]))
  const x = { data: Float64Array.of(Number.NaN, -1, 2, -0.5, Number.NaN), shape: [5] }
  const [machine] = machines()
  expect([...runCall(alone, { ...plainCall(node), machine, variant: 'v4' }, [x])]).toEqual([NaN, 0, 2, 0, NaN])
})

/** One step of Adam (Kingma & Ba, ICLR 2015) without bias correction: new w, m and v. */
function adam(shape: readonly number[], rateShape: readonly number[]): ElementwiseGroup {
  const graph = new Graph()
  const [w, m, v, g] = ['w', 'm', 'v', 'g'].map((name) => param(graph, name, shape))
  const rate = rateShape.length ? param(graph, 'rate', rateShape) : scalar(graph, 'rate')
  const first = graph.nodes.length
  const newM = add(m, scale(sub(g, m), 0.1))
  const newV = add(v, scale(sub(square(g), v), 0.001))
  const newW = sub(w, div(mul(newM, rate), shift(sqrt(newV), 1e-3)))
  return { nodes: graph.nodes.slice(first), inputs: [w, m, v, g, rate], outputs: [newW, newM, newV] }
}

/** Runs the group with each output over the input of equal number, in pieces [0, cut) and [cut, units). */
function runInPlace(group: ElementwiseGroup, values: readonly RefArray[], cut: number): Float32Array[] {
  const module = new WasmModule('simd')
  const names = group.inputs.map((_, i) => `in${i}`)
  const types = Object.fromEntries([...names, 'begin', 'end'].map((name) => [name, 'i32' as const]))
  const f = module.function('group', types, (f, p: Record<string, Local<'i32'>>) => {
    const inputs = names.map((name) => p[name])
    emitGroup(f, group, { inputs, outputs: inputs.slice(0, group.outputs.length), begin: p.begin, end: p.end })
  })
  module.export(f)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes({ shared: false, maxPages: 1 })), {
    env: { memory },
  })
  const run = exports.group as (...args: number[]) => void
  const addresses = values.map((_, i) => 1024 * (i + 1))
  values.forEach(({ data }, i) => {
    new Float32Array(memory.buffer, addresses[i], data.length).set(data)
  })
  run(...addresses, 0, cut)
  run(...addresses, cut, groupUnits(group))
  return group.outputs.map((_, i) => new Float32Array(memory.buffer, addresses[i], values[i].data.length))
}

describe("an optimizer's step in place", () => {
  it.each([
    { shape: [3, 3, 8], rateShape: [] },
    { shape: [5, 20], rateShape: [20] },
    { shape: [12], rateShape: [1] },
  ])('$shape, rate $rateShape', ({ shape, rateShape }) => {
    const group = adam(shape, rateShape)
    const values = group.inputs.map((input, i) => randomArray(input.shape, i))
    values[2] = { ...values[2], data: values[2].data.map(Math.abs) }
    const all = evaluate([...group.inputs, ...group.nodes], (leaf) => values[group.inputs.indexOf(leaf)])
    for (const cut of [0, 1, groupUnits(group)]) {
      runInPlace(group, values, cut).forEach((result, i) => {
        const expected = all.get(group.outputs[i])?.data ?? []
        result.forEach((value, j) => {
          expect(value).toBeCloseTo(expected[j], 5)
        })
      })
    }
  })
})
