/** @file The algorithm F(4,3) itself, and the code that small constant matrices become. */

import { describe, expect, it } from 'vitest'
import { Random } from '../../base/random.ts'
import { i32, v128 } from '../../codegen/expr.ts'
import { WasmModule } from '../../codegen/wasm/module.ts'
import { emitLinear } from './winograd-linear.ts'
import { DATA, FILTER, type Matrix, RESULT, SPAN, TAPS, TILE, transpose } from './winograd-matrices.ts'

const multiply = (matrix: Matrix, x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, a, i) => sum + a * x[i], 0))

const random = new Random(1, 'winograd')
const draw = (count: number) => Array.from({ length: count }, () => random.int(19) - 9)

describe('F(4,3)', () => {
  it('filters with a multiplication a point', () => {
    const [data, filter] = [draw(SPAN), draw(TAPS)]
    const points = multiply(FILTER, filter).map((g, i) => g * multiply(DATA, data)[i])
    const direct = Array.from({ length: TILE }, (_, i) => filter.reduce((sum, g, k) => sum + g * data[i + k], 0))
    multiply(RESULT, points).forEach((y, i) => {
      expect(y).toBeCloseTo(direct[i], 10)
    })
  })
})

/** The function that stores matrix * inputs, for inputs at 0, 16, ... and results at 256, 272, ... */
function compile(matrix: Matrix, absent: number) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const module = new WasmModule('simd')
  const f = module.function('linear', {}, (f) => {
    const inputs = matrix[0].map((_, i) => (i === absent ? undefined : v128.load(i32.const(0), i * 16)))
    emitLinear(f, matrix, inputs, (row, value) => f.store(i32.const(256), value, row * 16))
  })
  module.export(f)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes({ shared: false, maxPages: 1 })), {
    env: { memory },
  })
  return { run: instance.exports.linear as () => void, data: new Float32Array(memory.buffer) }
}

/** Vector additions, subtractions and multiplications, fused ones counted once. */
function instructions(matrix: Matrix): number {
  const module = new WasmModule('relaxed')
  module.function('linear', {}, (f) => {
    const inputs = matrix[0].map((_, i) => v128.load(i32.const(0), i * 16))
    emitLinear(f, matrix, inputs, (row, value) => f.store(i32.const(256), value, row * 16))
  })
  const hex = Buffer.from(module.toBytes({ shared: false, maxPages: 1 })).toString('hex')
  // f32x4.add, sub, mul, relaxed_madd and relaxed_nmadd.
  return hex.match(/fd(e401|e501|e601|8502|8602)/g)?.length ?? 0
}

describe('emitLinear', () => {
  const matrices: readonly { name: string; matrix: Matrix; count: number }[] = [
    { name: 'B^T', matrix: DATA, count: 12 },
    { name: 'A^T', matrix: RESULT, count: 12 },
    { name: 'A', matrix: transpose(RESULT), count: 8 },
    { name: 'G', matrix: FILTER, count: 9 },
    { name: 'G^T', matrix: transpose(FILTER), count: 11 },
    { name: 'two rows of A^T', matrix: RESULT.slice(0, 2), count: 8 },
  ]

  it.each(matrices)('multiplies by $name in $count instructions', ({ matrix, count }) => {
    expect(instructions(matrix)).toBe(count)
  })

  it.each(matrices)('multiplies by $name, whichever input is absent', ({ matrix }) => {
    for (let absent = -1; absent < matrix[0].length; absent++) {
      const { run, data } = compile(matrix, absent)
      const x = draw(matrix[0].length)
      x.forEach((value, i) => {
        data.fill(i === absent ? Number.NaN : value, i * 4, i * 4 + 4)
      })
      run()
      const present = x.map((value, i) => (i === absent ? 0 : value))
      multiply(matrix, present).forEach((y, row) => {
        for (let lane = 0; lane < 4; lane++) expect(data[64 + row * 4 + lane]).toBeCloseTo(y, 4)
      })
    }
  })
})
