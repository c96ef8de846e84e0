/**
 * @file What the tests of ops share, on every backend: all cases as nodes, seeded operands, error bounds, and the adjoint
 * identity. Nothing here depends on the test runner.
 */
import { Random } from '../../base/random.ts'
import { Graph } from '../../ir/graph.ts'
import { build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import { showShape, sizeOf } from '../../tensor/ndarray.ts'
import { runReference } from '../evaluate.ts'
import { OPS } from '../index.ts'
import { input } from '../leaf/op.ts'
import type { RefArray } from '../reference-kernel.ts'

/** One case of one op; `node` applies the op to graph inputs named '0', '1', ... */
export interface TestCase {
  /** `conv2d [2, 7, 5, 3] [3, 3, 3, 7] strides=1,1 ...` */
  readonly name: string
  readonly op: OpDef
  readonly case: OpCase
  readonly graph: Graph
  readonly node: Node
}

export function allCases(): TestCase[] {
  return Object.values<OpDef>(OPS).flatMap(casesOf)
}

export function casesOf(op: OpDef): TestCase[] {
  return op.cases.map((opCase) => {
    const { inputs, attrs = {} } = opCase
    const settings = Object.entries(attrs).map(([key, value]) => `${key}=${value}`)
    const name = [op.name, ...inputs.map(({ shape }) => showShape(shape)), ...settings].join(' ')
    const graph = new Graph()
    const leaves = inputs.map(({ shape, dtype = 'f32', batched = false }, i) =>
      input(graph, String(i), { shape, dtype, batched }),
    )
    const node = build(op, leaves, attrs)
    graph.output('y', node)
    return { name, op, case: opCase, graph, node }
  })
}

/**
 * Seeded operands that f32 holds exactly, drawn from the ranges of the case; integers for u8 and i32.
 *
 * @param step draws multiples of this, so that equal values meet; 0 draws from the whole range
 */
export function randomInputs({ case: { inputs }, node }: TestCase, seed: number, step = 0): RefArray[] {
  const arrays: RefArray[] = inputs.map(({ shape, dtype = 'f32', range: [low, high] = [-1, 1] }, i) => {
    const random = new Random(seed, `input ${i}`)
    const draw = () =>
      dtype === 'f32' ? snap(low + (high - low) * random.uniform(), step) : low + random.int(high - low + 1)
    return { data: Float64Array.from({ length: sizeOf(shape) }, draw), shape }
  })
  if (node.op === OPS.maxPool2dGrad) arrays[1] = pooled(arrays[0], node)
  return arrays
}

function snap(value: number, step: number): number {
  return Math.fround(step > 0 ? Math.round(value / step) * step : value)
}

/** The gradient of max-pooling looks for the maximum it is given, so that operand cannot be arbitrary. */
function pooled(x: RefArray, grad: Node): RefArray {
  return runReference(build(OPS.maxPool2d, [grad.inputs[0]], grad.attrs), [x])
}

/** Seeded values for something of this shape, in [-1, 1]. */
export function randomArray(shape: readonly number[], seed: number): RefArray {
  const random = new Random(seed, 'values')
  return { data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(2 * random.uniform() - 1)), shape }
}

/**
 * What rounding errors of each element are relative to. For an op that is linear in some inputs this is the sum of the
 * absolute terms: its value for absolute operands. For any other op: its value plus the largest operand, plus 1.
 */
export function termsBound({ op, node }: TestCase, inputs: readonly RefArray[]): Float64Array {
  const { linear } = op.traits
  if (linear) {
    const absolute = inputs.map((array, i) =>
      linear.includes(i) ? { ...array, data: array.data.map(Math.abs) } : array,
    )
    return runReference(node, absolute).data.map(Math.abs)
  }
  const largest = inputs.reduce((max, { data }) => data.reduce((m, value) => Math.max(m, Math.abs(value)), max), 0)
  return runReference(node, inputs).data.map((value) => 1 + largest + Math.abs(value))
}

/** The largest error relative to its bound, Infinity when a value is missing or not a number. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] === expected[i]) continue
    const error = Math.abs(actual[i] - expected[i]) / bound[i]
    largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(largest, error)
  }
  return largest
}

/** Runs one node on some backend: its inputs' values and its own, row-major. */
export type RunNode = (node: Node, inputs: readonly RefArray[]) => RefArray | Promise<RefArray>

/**
 * Tests <f(x), dy> = <x, f'(dy)> for each input in which the op is linear, where f' is the op's own gradient, all of it
 * run by `run`. Needs no step size, so it holds in f32 too.
 *
 * @returns for each such input the difference of the two sides relative to the sum of their absolute terms
 */
export async function adjointGaps(test: TestCase, seed: number, run: RunNode): Promise<number[]> {
  const { op, node } = test
  if (!op.traits.linear || op.grad === 'none') return []
  const inputs = randomInputs(test, seed)
  const dyNode = input(node.graph, 'dy', node)
  const dy = randomArray(node.shape, seed)
  const known = new Map<Node, RefArray>([[dyNode, dy], ...node.inputs.map((leaf, i) => [leaf, inputs[i]] as const)])
  const y = await compute(node, known, run)
  const grads = op.grad(node, dyNode)
  const gaps: number[] = []
  for (const i of op.traits.linear) {
    const adjoint = await compute(grads[i] as Node, known, run)
    const [left, right] = [products(y, dy), products(inputs[i], adjoint)]
    gaps.push(Math.abs(left.sum - right.sum) / (Math.max(left.absolute, right.absolute) || 1))
  }
  return gaps
}

async function compute(node: Node, known: Map<Node, RefArray>, run: RunNode): Promise<RefArray> {
  const value = known.get(node)
  if (value) return value
  const inputs: RefArray[] = []
  for (const each of node.inputs) inputs.push(await compute(each, known, run))
  const result = await run(node, inputs)
  known.set(node, result)
  return result
}

function products(a: RefArray, b: RefArray): { sum: number; absolute: number } {
  let sum = 0
  let absolute = 0
  a.data.forEach((value, i) => {
    sum += value * b.data[i]
    absolute += Math.abs(value * b.data[i])
  })
  return { sum, absolute }
}
