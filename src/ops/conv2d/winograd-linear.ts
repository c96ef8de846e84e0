/**
 * @file Lowers the product of a small constant matrix with vectors to few instructions. Opposite interpolation points
 * make rows (or, transposed, columns) that differ in signs only; such a pair shares the work of an even and an odd
 * part: B^T [6,6] and A^T [4,6] take 12 instructions each, where row by row they take 16.
 */
import { f32x4, type Local, type V128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'
import type { Matrix } from './winograd-matrices.ts'

type Row = readonly number[]
type Values = readonly Local<'v128'>[]

/** scale * (values[lead] + sum of factor * values[input] over the terms); without a lead, zero. */
interface Sum {
  readonly scale: number
  readonly lead: number
  readonly terms: readonly { readonly factor: number; readonly input: number }[]
}

/** What a matrix asks for, whatever the values are. */
interface Recipe {
  /** Inputs to replace by their sum and their difference. */
  readonly folds: readonly (readonly [number, number])[]
  readonly rows: readonly { readonly row: number; readonly sum: Sum }[]
  /** Two rows that are even + odd and even - odd. */
  readonly pairs: readonly { readonly plus: number; readonly minus: number; readonly even: Sum; readonly odd: Sum }[]
}

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
  const { folds, rows, pairs } = recipeOf(matrix, inputs)
  const values = inputs.flatMap((input) => (input ? [f.let(input)] : []))
  for (const [i, j] of folds) {
    const [a, b] = [values[i], values[j]]
    values[i] = f.let(f32x4.add(a, b))
    values[j] = f.let(f32x4.sub(a, b))
  }
  for (const { row, sum } of rows) store(row, scaled(sum.scale, combine(f, sum, values)))
  for (const { plus, minus, even, odd } of pairs) {
    const a = f.let(scaled(even.scale, combine(f, even, values)))
    const b = f.let(combine(f, odd, values))
    store(plus, add(f, a, odd.scale, b))
    store(minus, add(f, a, -odd.scale, b))
  }
}

const recipes = new WeakMap<Matrix, Map<string, Recipe>>()

/** Found once for each matrix and each choice of inputs that are there: kernels ask again for every row and layer. */
function recipeOf(matrix: Matrix, inputs: readonly (V128 | undefined)[]): Recipe {
  const known = recipes.get(matrix) ?? new Map<string, Recipe>()
  recipes.set(matrix, known)
  const present = inputs.map((input) => input !== undefined)
  const key = present.join()
  const recipe = known.get(key) ?? findRecipe(matrix.map((row) => row.filter((_, i) => present[i])))
  known.set(key, recipe)
  return recipe
}

function findRecipe(coefficients: readonly Row[]): Recipe {
  const columns = coefficients[0].map((_, i) => coefficients.map((row) => row[i]))
  const folds = mirrorPairs(columns)
  for (const [i, j] of folds) [columns[i], columns[j]] = parts(columns[i], columns[j])
  const rows = coefficients.map((_, r) => columns.map((column) => column[r]))
  const pairs = mirrorPairs(rows)
  const paired = new Set(pairs.flat())
  return {
    folds,
    rows: rows.flatMap((row, r) => (paired.has(r) ? [] : [{ row: r, sum: sumOf(row) }])),
    pairs: pairs.map(([plus, minus]) => {
      const [same, opposite] = parts(rows[plus], rows[minus])
      return { plus, minus, even: sumOf(same), odd: sumOf(opposite) }
    }),
  }
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

/** The scale is such that one term at least needs no multiplication. */
function sumOf(row: Row): Sum {
  const factors = row.filter((x) => x !== 0)
  const smallest = () => factors.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a))
  const scale = factors.includes(1) || !factors.length ? 1 : smallest()
  const lead = row.indexOf(scale)
  const terms = row.flatMap((x, input) => (input === lead || x === 0 ? [] : [{ factor: x / scale, input }]))
  return { scale, lead, terms }
}

/** The sum without its scale. */
function combine(f: FunctionBuilder, { lead, terms }: Sum, values: Values): V128 {
  if (lead < 0) return f32x4.const(0)
  return terms.reduce<V128>((sum, { factor, input }) => add(f, sum, factor, values[input]), values[lead])
}

function scaled(scale: number, value: V128): V128 {
  return scale === 1 ? value : f32x4.mul(f32x4.const(scale), value)
}

/** a + k * b */
function add(f: FunctionBuilder, a: V128, k: number, b: V128): V128 {
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
