/** @file The test harness notices kernels that misbehave. */
import { describe, expect, it } from 'vitest'
import { f32, i32 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import { Graph } from '../../ir/graph.ts'
import type { CpuKernel, KernelCall, KernelParams } from '../cpu/contract.ts'
import { input, relu } from '../index.ts'
import { runCall } from './kernel-parity.ts'
import { KernelBench } from './kernel-testing.ts'

const graph = new Graph()
const node = relu(input(graph, 'x', { shape: [3, 2, 5], dtype: 'f32', batched: true }))
const call: KernelCall = {
  node,
  epilogue: [],
  extras: [],
  machine: { isa: 'simd', tileRows: 4 },
  variant: 'only',
}
const values = Float64Array.from({ length: 30 }, (_, i) => i)

const kernelOf = (emit: (f: FunctionBuilder, params: KernelParams) => void): CpuKernel => ({
  variants: () => ['only'],
  scratchBytes: () => 64,
  emit,
})

const fill = (f: FunctionBuilder, { output, begin, end }: KernelParams, bytes: number, value = f32.const(1)) =>
  f.range(0, i32.mul(i32.sub(end, begin), bytes), 4, (offset) => f.store(i32.add(output, offset), value))

/** One image: two rows of five floats, padded to eight. */
const IMAGE = 64

describe('KernelBench', () => {
  it('places rows with padding, and reads them back without', () => {
    const copy = kernelOf((f, { inputs: [x], output, begin, end }) =>
      f.copy(output, x, i32.mul(i32.sub(end, begin), IMAGE)),
    )
    const bench = new KernelBench(copy, call)
    bench.write([values])
    bench.fill(-1)
    bench.execute(1, 2)
    expect([...bench.read()]).toEqual([...values].map((value) => (value >= 10 && value < 20 ? value : -1)))
  })

  it('shows NaN where padding is read', () => {
    const padding = kernelOf((f, p) => fill(f, p, IMAGE, f32.load(p.inputs[0], 20)))
    expect(runCall(padding, call, [{ data: values, shape: node.shape }])).toEqual(new Float32Array(30).fill(Number.NaN))
  })

  it.each([
    ['after the result', (f: FunctionBuilder, p: KernelParams) => fill(f, p, IMAGE + 4)],
    ['before it', (f: FunctionBuilder, p: KernelParams) => f.store(i32.sub(p.output, 4), f32.const(0))],
    ['after scratch', (f: FunctionBuilder, p: KernelParams) => f.store(p.scratch, f32.const(0), 64)],
  ])('notices a store %s', (_, emit) => {
    expect(() => runCall(kernelOf(emit), call, [{ data: values, shape: node.shape }])).toThrow(/outside its operands/)
  })

  it('notices bits that depend on how images are cut', () => {
    const count = kernelOf((f, p) => fill(f, p, IMAGE, f32.convertI32S(i32.sub(p.end, p.begin))))
    expect(() => runCall(count, call, [{ data: values, shape: node.shape }])).toThrow(/when cut at image 1/)
  })
})
