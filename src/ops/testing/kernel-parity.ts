/**
 * @file Compares WebAssembly kernels with the references: every case of an op on every kind of machine and every
 * variant, whole and cut between images anywhere. Nothing here depends on the test runner.
 */

import { invariant } from '../../base/errors.ts'
import { f32x4 } from '../../codegen/expr.ts'
import type { Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { build, type Node, sumsImages, worksOnImages } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import type { CpuKernel, KernelCall, Machine } from '../cpu/contract.ts'
import { evaluate, runReference } from '../evaluate.ts'
import { OPS } from '../index.ts'
import { input, param, scalar } from '../leaf/op.ts'
import type { RefArray } from '../reference-kernel.ts'
import { KernelBench } from './kernel-testing.ts'
import { largestError, randomArray, randomInputs, type TestCase, termsBound } from './testing.ts'

/** All machines that this engine can run kernels of. */
export function machines(): Machine[] {
  return (['simd', 'relaxed'] as const)
    .filter(engineRuns)
    .flatMap((isa) => ([4, 6] as const).map((tileRows) => ({ isa, tileRows })))
}

function engineRuns(isa: Isa): boolean {
  const module = new WasmModule(isa)
  module.function('probe', { a: 'v128' }, (f, { a }) => f.drop(module.madd(a, a, f32x4.const(1))))
  return WebAssembly.validate(module.toBytes({ shared: false, maxPages: 1 }))
}

/** One call for each machine and variant. */
export function callsOf(
  kernel: CpuKernel,
  call: Omit<KernelCall, 'machine' | 'variant'>,
  on: readonly Machine[],
): KernelCall[] {
  return on.flatMap((machine) =>
    kernel.variants({ ...call, machine }).map((variant) => ({ ...call, machine, variant })),
  )
}

/** A call of a node by itself. */
export function plainCall(node: Node): Omit<KernelCall, 'machine' | 'variant'> {
  return { node, epilogue: [], extras: [] }
}

/**
 * The result of the call. It runs once as a whole and once for each way to cut its images (or units) in two, unless the
 * kernel adds up images and asks for several at a time: then a cut may change how it rounds, and plans never cut them.
 * A single image is cut into pieces everywhere, if the kernel can do that.
 *
 * @throws SeparableError when a cut changes a bit, or when something outside the result was written
 */
export function runCall(kernel: CpuKernel, call: KernelCall, operands: readonly RefArray[]): Float32Array {
  const end = worksOnImages(call.node) ? imagesOf(call.node) : (kernel.units?.(call) ?? 1)
  const run = runner(kernel, call, operands)
  const whole = run(end)
  const cuts = sumsImages(call.node) && (kernel.shardImages?.(call) ?? kernel.likedImages?.(call) ?? 1) > 1 ? 1 : end
  for (let cut = 1; cut < cuts; cut++) demandSameBits(whole, run(cut, end), call, `when cut at image ${cut}`)
  if (call.node.batched && kernel.pieces && end === 1) {
    const pieces = kernel.pieces(call)
    const runPieces = runner(kernel, { ...call, inPieces: true }, operands)
    for (let cut = 1; cut <= pieces; cut++)
      demandSameBits(whole, runPieces(cut, pieces), call, `when the image is cut at piece ${cut} of ${pieces}`)
  }
  return whole
}

/** A function that computes [0, first cut), [first cut, second cut) and so on, and returns the result. */
function runner(kernel: CpuKernel, call: KernelCall, operands: readonly RefArray[]) {
  const bench = new KernelBench(kernel, call)
  bench.write(operands.map(({ data }) => data))
  return (...cuts: number[]) => {
    bench.fill(sumsImages(call.node) ? 0 : Number.NaN)
    cuts.forEach((cut, i) => {
      bench.execute(cuts[i - 1] ?? 0, cut)
    })
    bench.checkFences()
    return bench.read()
  }
}

function demandSameBits(a: Float32Array, b: Float32Array, { node }: Pick<KernelCall, 'node'>, when: string): void {
  const different = a.findIndex((value, i) => !Object.is(value, b[i]))
  invariant(
    different < 0,
    `${node.op.name}: element ${different} changes from ${a[different]} to ${b[different]} ${when}`,
  )
}

/**
 * The largest error of any variant on any machine, relative to the bound.
 *
 * @throws SeparableError as `runCall`, and when a bit depends on the register tile, which a clock has chosen
 */
export function worstError(
  kernel: CpuKernel,
  call: Omit<KernelCall, 'machine' | 'variant'>,
  operands: readonly RefArray[],
  { expected, bound }: { expected: Float64Array; bound: Float64Array },
): number {
  const all = machines()
  const errors = [...new Set(all.map(({ isa }) => isa))].flatMap((isa) => {
    const alike = all.filter((machine) => machine.isa === isa)
    const results = alike.map((on) => callsOf(kernel, call, [on]).map((each) => runCall(kernel, each, operands)))
    results[0].forEach((result, variant) => {
      for (const other of results) demandSameBits(result, other[variant], call, 'with the register tile')
    })
    return results[0].map((result) => largestError(result, expected, bound))
  })
  return Math.max(...errors)
}

function imagesOf(node: Node): number {
  return [node, ...node.inputs].find(({ batched }) => batched)?.shape[0] ?? 1
}

/** The largest error of any variant on any machine, in units of what rounding of f32 sums explains. */
export function parityError(kernel: CpuKernel, test: TestCase): number {
  const { node } = test
  const inputs = randomInputs(test, 1)
  const expected = runReference(node, inputs).data
  const bound = roundingBound(termsBound(test, inputs), [node])
  return worstError(kernel, plainCall(node), inputs, { expected, bound })
}

/**
 * The same with an epilogue that has every kind of extra operand: relu(y + bias) * tensor - scalar. Values next to the
 * kink of relu stay within the bound, because relu is continuous.
 */
export function epilogueError(kernel: CpuKernel, test: TestCase): number {
  const { node, graph } = test
  const inputs = randomInputs(test, 1)
  const leaves = [
    param(graph, 'bias', [node.shape.at(-1) as number]),
    input(graph, 'tensor', node),
    scalar(graph, 'scalar'),
  ]
  const values = leaves.map(({ shape }, i) => randomArray(shape, i))
  const sum = build(OPS.add, [node, leaves[0]])
  const positive = build(OPS.relu, [sum])
  const scaled = build(OPS.mul, [leaves[1], positive])
  const shifted = build(OPS.sub, [scaled, leaves[2]])
  const epilogue = [
    { node: sum, through: 0, extras: [0] },
    { node: positive, through: 0, extras: [] },
    { node: scaled, through: 1, extras: [1] },
    { node: shifted, through: 0, extras: [2] },
  ]
  const known = new Map([...node.inputs, ...leaves].map((leaf, i) => [leaf, [...inputs, ...values][i]]))
  const chain = [...known.keys(), node, sum, positive, scaled, shifted]
  const expected = (evaluate(chain, (leaf) => known.get(leaf) as RefArray).get(shifted) as RefArray).data
  const bound = roundingBound(
    termsBound(test, inputs).map((terms) => terms + 2),
    [node],
  )
  return worstError(kernel, { node, epilogue, extras: leaves }, [...inputs, ...values], { expected, bound })
}

/**
 * How far f32 sums may be off, given the sums of absolute terms: each term of each op is rounded when it is multiplied
 * and when it is added.
 */
export function roundingBound(terms: Float64Array, ops: readonly Node[]): Float64Array {
  const roundings = ops.reduce((sum, node) => sum + 4 + (4 * node.op.cost(node).macs) / sizeOf(node.shape), 0)
  return terms.map((term) => term * roundings * 2 ** -24)
}
