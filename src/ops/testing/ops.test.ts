/** @file Tests that hold for every op: it is complete, its gradient is that of its reference, its adjoint is one. */
import { describe, expect, it } from 'vitest'
import type { Node, OpDef } from '../../ir/node.ts'
import { evaluate, runReference } from '../evaluate.ts'
import { OPS } from '../index.ts'
import { input } from '../leaf/op.ts'
import { referenceKernels } from '../reference.ts'
import type { RefArray } from '../reference-kernel.ts'
import { adjointGaps, allCases, randomArray, randomInputs, type TestCase } from './testing.ts'

const ops = Object.entries<OpDef>(OPS)
const computed = ops.filter(([, op]) => !op.traits.leaf)
const cases = allCases()

it.each(ops)('%s is registered under its own name', (name, op) => {
  expect(op.name).toBe(name)
})

describe.each(computed)('%s', (name, op) => {
  it('has a reference kernel and at least five cases', () => {
    expect(referenceKernels).toHaveProperty(name)
    expect(op.cases.length).toBeGreaterThanOrEqual(5)
  })

  it('infers the shape its reference computes, and a cost', () => {
    for (const test of cases.filter((each) => each.op === op)) {
      const { data, shape } = runReference(test.node, randomInputs(test, 1))
      expect(data.length, test.name).toBe(shape.reduce((a, b) => a * b, 1))
      expect(data.every(Number.isFinite), test.name).toBe(true)
      expect(op.cost(test.node).macs, test.name).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('shape rules', () => {
  it.each(computed)('%s names itself and what it received', (name, op) => {
    const { inputs, attrs } = op.cases[0]
    const strange = inputs.map(() => ({ shape: [2, 3, 1, 5, 7], dtype: 'i32' as const, batched: false }))
    expect(() => op.infer(strange, attrs ?? {})).toThrow(new RegExp(`^${name}: .*received: \\[2, 3, 1, 5, 7\\] i32`))
  })
})

/** Values of <f(inputs), dy> gradients by the op's own rule, in f64; null where the rule says zero. */
function gradients({ op, graph, node }: TestCase, inputs: readonly RefArray[], dy: RefArray): (RefArray | null)[] {
  if (op.grad === 'none') return []
  const dyNode = input(graph, 'dy', node)
  const grads = op.grad(node, dyNode)
  const leaves = new Map<Node, RefArray>([[dyNode, dy], ...node.inputs.map((leaf, i) => [leaf, inputs[i]] as const)])
  const values = evaluate(graph.nodes, (leaf) => leaves.get(leaf) as RefArray)
  return grads.map((grad) => grad && (values.get(grad) as RefArray))
}

const STEP = 1e-5

/** d/dt <f(inputs with inputs[i] + t v), dy> at 0, by central differences. */
function numericDerivative(node: Node, inputs: readonly RefArray[], i: number, v: RefArray, dy: RefArray): number {
  const at = (t: number) => {
    const moved = { ...inputs[i], data: inputs[i].data.map((value, j) => value + t * v.data[j]) }
    return dot(runReference(node, inputs.with(i, moved)), dy)
  }
  return (at(STEP) - at(-STEP)) / (2 * STEP)
}

function dot(a: RefArray, b: RefArray): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i], 0)
}

function absolute(a: RefArray): RefArray {
  return { ...a, data: a.data.map(Math.abs) }
}

describe('gradients equal central differences', () => {
  const differentiable = cases.filter(({ op }) => op.grad !== 'none')
  it.each(differentiable)('$name', (test) => {
    const { node } = test
    const inputs = randomInputs(test, 1)
    const dy = randomArray(node.shape, 2)
    gradients(test, inputs, dy).forEach((grad, i) => {
      if (node.inputs[i].dtype !== 'f32') {
        expect(grad).toBeNull()
        return
      }
      const v = randomArray(node.inputs[i].shape, 3 + i)
      const expected = numericDerivative(node, inputs, i, v, dy)
      const scale = grad ? dot(absolute(grad), absolute(v)) : 1
      expect(Math.abs((grad ? dot(grad, v) : 0) - expected), `input ${i}`).toBeLessThanOrEqual(1e-7 * scale)
    })
  })
})

describe('adjoints of linear ops', () => {
  const linear = cases.filter(({ op }) => op.traits.linear)
  it.each(linear)('$name', async (test) => {
    const gaps = await adjointGaps(test, 4, runReference)
    expect(gaps.length).toBe(test.op.traits.linear?.length)
    expect(Math.max(...gaps)).toBeLessThan(1e-13)
  })
})
