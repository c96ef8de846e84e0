/** @file exp, log, tanh, erf and relatives against f64, over wide ranges and at the edges. */

import v8 from 'node:v8'
import { describe, expect, test } from 'vitest'
import { type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder, Isa } from '../../codegen/module.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { elementwiseRows } from '../elementwise/table.ts'
import { cosTurns, erf, exp, expm1, log, sigmoid, tanh } from './math.ts'

v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

type Emit = (f: FunctionBuilder, x: V128) => V128

/** Applies the function to every value, four at a time. */
function run(emit: Emit, isa: Isa, values: readonly number[]): Float32Array {
  const module = new WasmModule(isa)
  const f = module.function('apply', { from: 'i32', to: 'i32', vectors: 'i32' }, (f, { from, to, vectors }) =>
    f.repeat(vectors, () => {
      f.store(to, emit(f, v128.load(from)))
      f.inc(from, 16)
      f.inc(to, 16)
    }),
  )
  module.export(f)
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes({ shared: false, maxPages: 64 })), {
    env: { memory },
  })
  const vectors = Math.ceil(values.length / 4)
  new Float32Array(memory.buffer, 0, values.length).set(values)
  ;(instance.exports.apply as (from: number, to: number, vectors: number) => void)(0, vectors * 16, vectors)
  return new Float32Array(memory.buffer, vectors * 16, values.length)
}

/** `n` f32 numbers spread evenly from `low` to `high`. */
const spread = (low: number, high: number, n = 20_001): number[] =>
  Array.from({ length: n }, (_, i) => Math.fround(low + ((high - low) * i) / (n - 1)))

/** The distance of neighbouring f32 numbers at x. */
const ulp = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23)

function worstUlps(emit: Emit, isa: Isa, exact: (x: number) => number, values: readonly number[]): number {
  const results = run(emit, isa, values)
  return values.reduce((worst, x, i) => Math.max(worst, Math.abs(results[i] - exact(x)) / ulp(exact(x))), 0)
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const powers = spread(-126, 127.99).map((e) => Math.fround(2 ** e))
const around1 = spread(0.9, 1.1)
const subnormals = spread(-149, -126, 200).map((e) => Math.fround(2 ** e))

describe.each(['simd', 'relaxed'] as const)('%s', (isa) => {
  test.each([
    ['exp', exp, Math.exp, [...spread(-87.3, 88.72), ...spread(-1, 1), ...spread(-104, -87, 500)], 1.2],
    ['log', log, Math.log, [...powers, ...around1, ...subnormals], 1.2],
    ['tanh', tanh, Math.tanh, [...spread(-12, 12), ...spread(-1, 1), ...powers, ...subnormals], 2],
    [
      'expm1',
      expm1,
      Math.expm1,
      [...spread(-90, 0), ...spread(-1, 0), ...powers.filter((x) => x < 1).map((x) => -x)],
      4,
    ],
    [
      'erf',
      erf,
      (x: number) => elementwiseRows.erf.ref(x, 0, {}),
      [...spread(-6, 6), ...spread(-1, 1), ...spread(0.9, 1.1)],
      3,
    ],
    ['sigmoid', sigmoid, logistic, [...spread(-87, 87), ...spread(-2, 2), ...powers], 2],
  ] as const)('%s is accurate', (_name, emit, exact, values, limit) => {
    expect(worstUlps(emit, isa, exact, values)).toBeLessThan(limit)
  })

  test('cosTurns is accurate', () => {
    const turns = spread(-2, 2)
    const results = run(cosTurns, isa, turns)
    const errors = turns.map((x, i) => Math.abs(results[i] - Math.cos(2 * Math.PI * x)))
    expect(Math.max(...errors)).toBeLessThan(2e-7)
  })

  test('extremes', () => {
    const edge = [0, -0, 100, -200, Infinity, -Infinity, NaN, 3e38, -3e38, 1e-45]
    expect([...run(exp, isa, edge)]).toEqual([1, 1, Infinity, 0, Infinity, 0, NaN, Infinity, 0, 1])
    expect([...run(tanh, isa, edge)]).toEqual([0, -0, 1, -1, 1, -1, NaN, 1, -1, Math.fround(1e-45)])
    expect([...run(sigmoid, isa, edge)]).toEqual([0.5, 0.5, 1, 0, 1, 0, NaN, 1, 0, 0.5])
    expect([...run(erf, isa, edge)]).toEqual([0, -0, 1, -1, 1, -1, NaN, 1, -1, expect.closeTo(0)])
    const logs = [-Infinity, -Infinity, Math.log(100), NaN, Infinity, NaN, NaN].map(Math.fround)
    expect([...run(log, isa, edge.slice(0, 7))]).toEqual(logs)
    expect(run(log, isa, [1])[0]).toBe(0)
  })
})
