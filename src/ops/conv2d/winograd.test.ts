/** @file Parity of the Winograd kernels with the references, on sizes around tiles, bands and blocks. */
import v8 from 'node:v8'
import { describe, expect, it } from 'vitest'
import type { OpCase, OpDef } from '../../ir/node.ts'
import type { CpuKernel } from '../cpu/contract.ts'
import { runReference } from '../evaluate.ts'
import type { RefArray } from '../reference-kernel.ts'
import { type ConvSpec, convShapes, images, weights } from '../rules/cases.ts'
import { callsOf, epilogueError, machines, plainCall, runCall } from '../testing/kernel-parity.ts'
import { KernelBench } from '../testing/kernel-testing.ts'
import { casesOf, randomInputs, type TestCase } from '../testing/testing.ts'
import { conv2dGradWOp, conv2dGradXOp, conv2dOp } from './op.ts'
import { winogradForward, winogradGradW, winogradGradX } from './winograd.ts'
import { DATA, FILTER, type Matrix, RESULT, transpose } from './winograd-matrices.ts'

// Off by default in the oldest supported Node, always on in later ones.
if (process.version.startsWith('v20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

const specs: readonly Omit<ConvSpec, 'kernel'>[] = [
  { x: [1, 4, 5, 8], filters: 8 },
  { x: [2, 3, 3, 8], filters: 8, pads: [1, 1, 1, 1] },
  { x: [2, 4, 4, 8], filters: 12, pads: [1, 1, 1, 1] },
  { x: [3, 5, 7, 12], filters: 8, pads: [1, 1, 1, 1] },
  { x: [2, 6, 11, 20], filters: 24, pads: [0, 2, 1, 0] },
  { x: [1, 9, 9, 24], filters: 20, pads: [2, 0, 2, 1] },
  { x: [3, 8, 8, 8], filters: 16, pads: [1, 1, 1, 1] },
  { x: [2, 13, 5, 16], filters: 8, pads: [2, 1, 0, 2] },
  { x: [1, 16, 16, 12], filters: 12, pads: [1, 1, 1, 1] },
  // More than one block, the last one of a few bands.
  { x: [3, 19, 29, 8], filters: 8, pads: [2, 2, 2, 2] },
  // A band of more tiles than a block should have.
  { x: [2, 3, 201, 8], filters: 8, pads: [1, 1, 1, 1] },
]

const shapes = specs.map((spec) => convShapes({ ...spec, kernel: [3, 3] }))

function testsOf(op: OpDef): TestCase[] {
  const cases = shapes.map(({ x, dy, size, kernel, channels, filters, geometry }) => {
    const w = weights([3, 3, channels, filters])
    if (op === conv2dOp) return { inputs: [images(x), w], attrs: geometry }
    if (op === conv2dGradXOp) return { inputs: [images(dy), w], attrs: { ...geometry, size } }
    return { inputs: [images(x), images(dy)], attrs: { ...geometry, kernel } }
  })
  return casesOf({ ...op, cases })
}

const squares = (row: readonly number[]) => row.reduce((sum, x) => sum + x * x, 0)

const rms = ({ data }: RefArray) => Math.sqrt(squares([...data]) / data.length)

/** The gain of `winograd.ts`. */
function gain(result: Matrix, left: Matrix, right: Matrix): number {
  return Math.max(
    ...result.map((row) => row.reduce((sum, x, j) => sum + x * x * squares(left[j]) * squares(right[j]), 0)),
  )
}

const RESULT_GAIN = gain(RESULT, FILTER, DATA)
const FILTER_GAIN = gain(transpose(FILTER), DATA, transpose(RESULT))

/** The standard deviation that `winograd.ts` predicts for the error of an element. */
function deviation(terms: number, gain: number, [a, b]: readonly RefArray[]): number {
  const roundings = 2 * terms + 26
  return 2 ** -24 * Math.sqrt(roundings * terms) * gain * rms(a) * rms(b)
}

function largestDifference(actual: ArrayLike<number>, expected: Float64Array): number {
  return expected.reduce((max, value, i) => Math.max(max, Math.abs(actual[i] - value)), 0)
}

describe.each([
  { op: conv2dOp, kernel: winogradForward },
  { op: conv2dGradXOp, kernel: winogradGradX },
])('$op.name', ({ op, kernel }) => {
  it.each(testsOf(op))('$name', (test) => {
    const inputs = randomInputs(test, 1)
    const expected = runReference(test.node, inputs).data
    const limit = 4 * deviation(inputs[0].shape[3], RESULT_GAIN, inputs)
    const calls = callsOf(kernel, plainCall(test.node), machines())
    expect(calls.length).toBe(machines().length)
    for (const call of calls) expect(largestDifference(runCall(kernel, call, inputs), expected)).toBeLessThan(limit)
  })

  it('applies epilogues to tiles that are cut off', () => {
    for (const test of testsOf(op).slice(2, 6)) expect(epilogueError(kernel, test)).toBeLessThan(1)
  })
})

describe('conv2dGradW', () => {
  it.each(testsOf(conv2dGradWOp))('$name', (test) => {
    const inputs = randomInputs(test, 1)
    const expected = runReference(test.node, inputs).data.map((value) => value + 1)
    const [images, height, width] = inputs[1].shape
    const tiles = images * Math.ceil(height / 4) * Math.ceil(width / 4)
    const limit = 4 * deviation(tiles, FILTER_GAIN, inputs) + 2 ** -22
    const calls = callsOf(winogradGradW, plainCall(test.node), machines())
    expect(calls.length).toBe(machines().length)
    for (const call of calls) {
      const bench = new KernelBench(winogradGradW, call)
      bench.write(inputs.map(({ data }) => data))
      bench.fill(1)
      bench.execute(0, 1)
      bench.execute(1, images)
      bench.checkFences()
      expect(largestDifference(bench.read(), expected)).toBeLessThan(limit)
    }
  })
})

describe('winograd variants', () => {
  const claims = (spec: ConvSpec) => {
    const { x, dy, kernel, size, channels, filters, geometry } = convShapes(spec)
    const w = weights([...kernel, channels, filters])
    const attrs = { ...geometry, size, kernel }
    const opCases: readonly [OpDef, CpuKernel, OpCase][] = [
      [conv2dOp, winogradForward, { inputs: [images(x), w], attrs }],
      [conv2dGradXOp, winogradGradX, { inputs: [images(dy), w], attrs }],
      [conv2dGradWOp, winogradGradW, { inputs: [images(x), images(dy)], attrs }],
    ]
    const [machine] = machines()
    return opCases.map(([op, kernel, opCase]) => {
      const [{ node }] = casesOf({ ...op, cases: [opCase] })
      return kernel.variants({ ...plainCall(node), machine }).length
    })
  }
  const plain: ConvSpec = { x: [2, 9, 9, 8], kernel: [3, 3], filters: 8 }

  it('claim plain 3x3 convolutions of whole vectors', () => {
    expect(claims(plain)).toEqual([1, 1, 1])
  })

  it.each<Partial<ConvSpec>>([
    { x: [2, 9, 9, 3] },
    { x: [2, 9, 9, 10] },
    { filters: 4 },
    { kernel: [3, 1] },
    { kernel: [5, 5] },
    { strides: [1, 2] },
    { dilation: [2, 2] },
    { pads: [0, 3, 0, 0] },
    { x: [2, 2, 2, 8], pads: [1, 1, 1, 1] },
  ])('leave %o to others', (difference) => {
    expect(claims({ ...plain, ...difference })).toEqual([0, 0, 0])
  })
})
