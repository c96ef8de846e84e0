/** @file Parity with the references of the kernels that stream through memory: all but products, convolutions and elementwise groups. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import { build, type Node } from '../../ir/node.ts'
import { cpuKernels } from '../cpu.ts'
import { runReference } from '../evaluate.ts'
import { OPS } from '../index.ts'
import { input, param } from '../leaf/op.ts'
import type { RefArray } from '../reference-kernel.ts'
import { callsOf, epilogueError, machines, parityError, plainCall, runCall } from './kernel-parity.ts'
import { casesOf, randomArray, randomInputs } from './testing.ts'

// Off by default in the oldest supported Node.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

type Name = keyof typeof cpuKernels

/** Products and convolutions have tests of their own. */
const names = (Object.keys(cpuKernels) as Name[]).filter((name) => !/^(matmul|conv2d|dwconv2d)/.test(name))

/** The node's value by its kernel on the first machine. */
function compute(node: Node, operands: readonly RefArray[]): number[] {
  const kernel = cpuKernels[node.op.name as Name]
  const [call] = callsOf(kernel, plainCall(node), machines())
  return [...runCall(kernel, call, operands)]
}

describe.each(names)('%s', (name) => {
  it.each(casesOf(OPS[name]))('$name', (test) => {
    expect(parityError(cpuKernels[name], test)).toBeLessThan(1)
    if (OPS[name].traits.epilogue) expect(epilogueError(cpuKernels[name], test)).toBeLessThan(1)
  })
})

describe('the first of several maxima wins', () => {
  it.each([OPS.maxPool2dGrad, OPS.argmaxEquals, OPS.oneHotMax].flatMap(casesOf))('$name', (test) => {
    const operands = randomInputs(test, 3, 1)
    const values = compute(test.node, operands)
    const withoutSign = (x: number) => (x === 0 ? 0 : x)
    expect(values.map(withoutSign)).toEqual([...runReference(test.node, operands).data].map(withoutSign))
  })
})

it('sums leading axes of operands without images, split by columns', () => {
  const x = randomArray([37, 70], 1)
  const node = build(OPS.sumLeading, [param(new Graph(), 'x', x.shape)])
  const expected = runReference(node, [x]).data
  compute(node, [x]).forEach((sum, i) => {
    expect(sum).toBeCloseTo(expected[i], 5)
  })
})

describe('labels outside of the classes', () => {
  const graph = new Graph()
  const batched = { dtype: 'f32', batched: true } as const
  const scores = input(graph, 'scores', { shape: [4, 5], ...batched })
  const labels = input(graph, 'labels', { shape: [4, 1], dtype: 'i32', batched: true })
  const dl = input(graph, 'dl', { shape: [4, 1], ...batched })
  const operands = [randomArray([4, 5], 1), { data: Float64Array.of(-1, 5, 1e9, -2e9), shape: [4, 1] }]

  it('read nothing else and show as NaN losses', () => {
    const node = build(OPS.softmaxCrossEntropy, [scores, labels])
    expect(compute(node, operands)).toEqual([NaN, NaN, NaN, NaN])
  })

  it('count as wrong and leave finite gradients', () => {
    expect(compute(build(OPS.argmaxEquals, [scores, labels]), operands)).toEqual([0, 0, 0, 0])
    const grad = build(OPS.softmaxCrossEntropyGrad, [scores, labels, dl])
    const values = compute(grad, [...operands, randomArray([4, 1], 2)])
    expect(values.every(Number.isFinite)).toBe(true)
  })
})

it('keeps the cross-entropy of huge logits finite', () => {
  const graph = new Graph()
  const logits = input(graph, 'logits', { shape: [3, 2], dtype: 'f32', batched: true })
  const labels = input(graph, 'labels', { shape: [3, 1], dtype: 'i32', batched: true })
  const x = { data: Float64Array.of(1e30, 0, -1e30, -1e30, 200, -200), shape: [3, 2] }
  const node = build(OPS.softmaxCrossEntropy, [logits, labels])
  const losses = compute(node, [x, { data: Float64Array.of(0, 0, 1), shape: [3, 1] }])
  expect(losses).toEqual([0, Math.fround(Math.LN2), 400])
})
