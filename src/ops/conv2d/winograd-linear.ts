/**
 * @file Lowers the product of a small constant matrix with vectors to few instructions. Opposite interpolation points
 * make rows (or, transposed, columns) that differ in signs only; such a pair shares the work of an even and an odd
 * part: B^T [6,6] and A^T [4,6] take 12 instructions each, where row by row they take 16.
 */
import { f32x4, type Local, type V128 } from '../../codegen/wasm/expr.ts'
import type { FunctionBuilder } from '../../codegen/wasm/module.ts'
import type { Matrix } from './winograd-matrices.ts'

type Row = readonly number[]
type Values = readonly Local<'v128'>[]

/**
 * Stores matrix * inputs, one element at a time, in any order. Inputs are evaluated once and before the first store; an
 * undefined one counts as zero and costs nothing.
 */
export function emitLinear(
  f: FunctionBuilder,
  matrix: Matrix,
  inputs: readonly (V128 | undefined)[],
  store: (row: number, value: V128) => void,
): void {
  const present = inputs.flatMap((input) => (input ? [f.let(input)] : []))
  const coefficients = matrix.map((row) => row.filter((_, i) => inputs[i]))
  const { rows, values } = foldColumns(f, coefficients, present)
  const pairs = mirrorPairs(rows)
  const paired = new Set(pairs.flat())
  rows.forEach((row, r) => {
    if (!paired.has(r)) store(r, combine(f, row, values))
  })
  for (const [r, s] of pairs) {
    const [same, opposite] = parts(rows[r], rows[s])
    const scale = scaleOf(opposite)
    const even = f.let(combine(f, same, values))
    const odd = f.let(scaledSum(f, opposite, values, scale))
    store(r, plus(f, even, scale, odd))
    store(s, plus(f, even, -scale, odd))
  }
}

/** Inputs whose columns differ in signs only are replaced by their sum and their difference. */
function foldColumns(f: FunctionBuilder, rows: readonly Row[], values: Values): { rows: Row[]; values: Values } {
  const columns = values.map((_, i) => rows.map((row) => row[i]))
  const folded = [...values]
  for (const [i, j] of mirrorPairs(columns)) {
    const [a, b] = [values[i], values[j]]
    const [same, opposite] = parts(columns[i], columns[j])
    columns[i] = same
    columns[j] = opposite
    folded[i] = f.let(f32x4.add(a, b))
    folded[j] = f.let(f32x4.sub(a, b))
  }
  return { rows: rows.map((_, r) => columns.map((column) => column[r])), values: folded }
}

/** Disjoint pairs of vectors that differ in the signs of some elements, and in nothing else. */
function mirrorPairs(vectors: readonly Row[]): [number, number][] {
  const differ = (a: Row, b: Row) => a.some((x, k) => x !== b[k]) && a.every((x, k) => Math.abs(x) === Math.abs(b[k]))
  const pairs: [number, number][] = []
  const free = new Set(vectors.keys())
  vectors.forEach((vector, i) => {
    if (!free.delete(i)) return
    const j = [...free].find((k) => differ(vector, vectors[k]))
    if (j === undefined) return
    free.delete(j)
    pairs.push([i, j])
  })
  return pairs
}

/** a = same + opposite, b = same - opposite. */
function parts(a: Row, b: Row): [same: number[], opposite: number[]] {
  return [a.map((x, k) => (x + b[k]) / 2), a.map((x, k) => (x - b[k]) / 2)]
}

/** What to take out of a sum so that one term at least needs no multiplication. */
function scaleOf(row: Row): number {
  const factors = row.filter((x) => x !== 0)
  return factors.includes(1) || !factors.length ? 1 : factors.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a))
}

function combine(f: FunctionBuilder, row: Row, values: Values): V128 {
  const scale = scaleOf(row)
  const sum = scaledSum(f, row, values, scale)
  return scale === 1 ? sum : f32x4.mul(f32x4.const(scale), sum)
}

/** row * values / scale */
function scaledSum(f: FunctionBuilder, row: Row, values: Values, scale: number): V128 {
  const lead = row.indexOf(scale)
  if (lead < 0) return f32x4.const(0)
  return row.reduce<V128>(
    (sum, x, i) => (i === lead || x === 0 ? sum : plus(f, sum, x / scale, values[i])),
    values[lead],
  )
}

/** a + k * b */
function plus(f: FunctionBuilder, a: V128, k: number, b: V128): V128 {
  if (k === 1) return f32x4.add(a, b)
  if (k === -1) return f32x4.sub(a, b)
  return k > 0 ? f.module.madd(f32x4.const(k), b, a) : f.module.nmadd(f32x4.const(-k), b, a)
}

/** Stores left * inputs * transposed right, where `input` yields the elements of a square matrix. */
export function emitTwoSided(
  f: FunctionBuilder,
  left: Matrix,
  right: Matrix,
  input: (row: number, column: number) => V128,
  store: (row: number, column: number, value: V128) => void,
): void {
  const columns = right[0].map((_, column) => {
    const result: V128[] = []
    const inputs = left[0].map((_, row) => input(row, column))
    emitLinear(f, left, inputs, (row, value) => {
      result[row] = f.let(value)
    })
    return result
  })
  left.forEach((_, row) => {
    const inputs = columns.map((column) => column[row])
    emitLinear(f, right, inputs, (column, value) => store(row, column, value))
  })
}
