/**
 * @file Typed expressions as data: small trees, which a target turns into code and `print.ts` into text. `Local` is the
 * expression that reads a local. Names follow the WebAssembly specification (i32.add, f32x4.relaxed_madd).
 */
import { invariant } from '../base/errors.ts'
import {
  LANE_OPERATIONS,
  type LaneOperation,
  LOADS,
  type Load,
  OPERATIONS,
  type Operation,
  type ValType,
} from './operations.ts'

export type { ValType } from './operations.ts'

/**
 * What the fields mean, by kind:
 * - `local`: reads local number `imm`
 * - `const`: `values`: one number, or the four lanes of a vector as i32 (`op` `i32`) or f32 numbers
 * - `op`: `op` of the operands
 * - `lane`: `op` of the operands, in lane `imm`
 * - `shuffle`: lanes `values` of the eight of both operands
 * - `load`: `op` of the operands, of which the first is an address, at offset `imm`
 */
export class Expr<T extends ValType = ValType> {
  readonly type: T
  readonly kind: 'local' | 'const' | 'op' | 'lane' | 'shuffle' | 'load'
  readonly op: Operation | LaneOperation | Load | ValType | undefined
  readonly args: readonly Expr[]
  readonly imm: number
  readonly values: readonly number[]
  /** Set when the value is known while emitting: lets address arithmetic fold. */
  readonly constant: number | undefined

  // All have all fields, in this order: there are many, and engines are quick with objects of one shape.
  constructor(
    type: T,
    kind: Expr['kind'],
    op: Expr['op'],
    args: readonly Expr[],
    imm = 0,
    values: readonly number[] = NO_VALUES,
    constant?: number,
  ) {
    this.type = type
    this.kind = kind
    this.op = op
    this.args = args
    this.imm = imm
    this.values = values
    this.constant = constant
  }
}

const NO_VALUES: readonly number[] = []

/** The expression that reads a local. */
export interface Local<T extends ValType = ValType> extends Expr<T> {
  readonly kind: 'local'
}

export type I32 = Expr<'i32'>
export type F32 = Expr<'f32'>
export type V128 = Expr<'v128'>

/** Expression or JavaScript number, taken as an i32 constant. */
export type IntLike = I32 | number

const NONE: readonly Expr[] = []

export function local<T extends ValType>(type: T, index: number): Local<T> {
  return new Expr(type, 'local', undefined, NONE, index) as Local<T>
}

export function isLocal<T extends ValType>(expr: Expr<T>): expr is Local<T> {
  return expr.kind === 'local'
}

function op<O extends Operation>(op: O, args: readonly Expr[]): Expr<(typeof OPERATIONS)[O]> {
  return new Expr(OPERATIONS[op], 'op', op, args)
}

function lane<O extends LaneOperation>(op: O, index: number, args: readonly Expr[]): Expr<(typeof LANE_OPERATIONS)[O]> {
  return new Expr(LANE_OPERATIONS[op], 'lane', op, args, index)
}

function memory<O extends Load>(op: O, offset: number, args: readonly Expr[]): Expr<(typeof LOADS)[O]> {
  invariant(offset >= 0, `memory offset must not be negative, received: ${offset}`)
  return new Expr(LOADS[op], 'load', op, args, offset)
}

function constant<T extends ValType>(type: T, of: ValType, values: readonly number[]): Expr<T> {
  return new Expr(type, 'const', of, NONE, 0, values)
}

export function int(value: IntLike): I32 {
  return typeof value === 'number' ? new Expr('i32', 'const', 'i32', NONE, 0, [value], value) : value
}

function fold(name: Operation & `i32.${string}`, compute: (a: number, b: number) => number) {
  return (a: IntLike, b: IntLike): I32 => {
    const [x, y] = [int(a), int(b)]
    if (x.constant !== undefined && y.constant !== undefined) return int(compute(x.constant, y.constant) | 0)
    return op(name, [x, y]) as I32
  }
}

const compare = (name: Operation & `i32.${string}`) => (a: IntLike, b: IntLike) => op(name, [int(a), int(b)]) as I32

const [addI32, subI32, mulI32] = [
  fold('i32.add', (p, q) => p + q),
  fold('i32.sub', (p, q) => p - q),
  fold('i32.mul', Math.imul),
]

export const i32 = {
  const: int,
  add(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    return x.constant === 0 ? y : y.constant === 0 ? x : addI32(x, y)
  },
  sub(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    return y.constant === 0 ? x : subI32(x, y)
  },
  mul(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    if (x.constant === 1) return y
    if (y.constant === 1) return x
    return mulI32(x, y)
  },
  divU: fold('i32.div_u', (p, q) => Math.floor((p >>> 0) / (q >>> 0))),
  divS: fold('i32.div_s', (p, q) => Math.trunc(p / q)),
  remU: fold('i32.rem_u', (p, q) => (p >>> 0) % (q >>> 0)),
  and: fold('i32.and', (p, q) => p & q),
  or: fold('i32.or', (p, q) => p | q),
  xor: fold('i32.xor', (p, q) => p ^ q),
  shl: fold('i32.shl', (p, q) => p << q),
  shrS: fold('i32.shr_s', (p, q) => p >> q),
  shrU: fold('i32.shr_u', (p, q) => p >>> q),
  eqz: (a: I32): I32 => op('i32.eqz', [a]),
  eq: compare('i32.eq'),
  ne: compare('i32.ne'),
  ltS: compare('i32.lt_s'),
  ltU: compare('i32.lt_u'),
  gtS: compare('i32.gt_s'),
  gtU: compare('i32.gt_u'),
  leS: compare('i32.le_s'),
  geS: compare('i32.ge_s'),
  geU: compare('i32.ge_u'),
  /** `a` when the condition holds, else `b`. */
  select: (a: IntLike, b: IntLike, condition: I32): I32 => op('i32.select', [int(a), int(b), condition]),
  minS: (a: Local<'i32'> | number, b: Local<'i32'> | number): I32 => i32.select(a, b, i32.ltS(a, b)),
  load: (address: I32, offset = 0): I32 => memory('i32.load', offset, [address]),
  load16U: (address: I32, offset = 0): I32 => memory('i32.load16_u', offset, [address]),
  load8U: (address: I32, offset = 0): I32 => memory('i32.load8_u', offset, [address]),
  /** Rounds towards zero; out of range becomes the nearest integer, NaN becomes 0. */
  truncSatF32S: (a: F32): I32 => op('i32.trunc_sat_f32_s', [a]),
  atomicLoad: (address: I32, offset = 0): I32 => memory('i32.atomic.load', offset, [address]),
  /** Adds and returns the value before. */
  atomicAdd: (address: I32, value: IntLike, offset = 0): I32 =>
    memory('i32.atomic.rmw.add', offset, [address, int(value)]),
  /** Sleeps while the word still holds `expected`, for so many seconds at most. Returns 2 when they are over, else 0 or 1. */
  atomicWait: (address: I32, expected: I32, offset: number, seconds: number): I32 =>
    memory('memory.atomic.wait32', offset, [address, expected, constant('i64', 'i64', [1e9 * seconds])]),
  atomicNotify: (address: I32, count: IntLike, offset = 0): I32 =>
    memory('memory.atomic.notify', offset, [address, int(count)]),
}

export const f32 = {
  const: (value: number): F32 => constant('f32', 'f32', [value]),
  load: (address: I32, offset = 0): F32 => memory('f32.load', offset, [address]),
  add: (a: F32, b: F32): F32 => op('f32.add', [a, b]),
  sub: (a: F32, b: F32): F32 => op('f32.sub', [a, b]),
  mul: (a: F32, b: F32): F32 => op('f32.mul', [a, b]),
  div: (a: F32, b: F32): F32 => op('f32.div', [a, b]),
  max: (a: F32, b: F32): F32 => op('f32.max', [a, b]),
  neg: (a: F32): F32 => op('f32.neg', [a]),
  sqrt: (a: F32): F32 => op('f32.sqrt', [a]),
  gt: (a: F32, b: F32): I32 => op('f32.gt', [a, b]),
  select: (a: F32, b: F32, condition: I32): F32 => op('f32.select', [a, b, condition]),
  convertI32S: (a: I32): F32 => op('f32.convert_i32_s', [a]),
}

type VectorOperation = { [O in Operation]: (typeof OPERATIONS)[O] extends 'v128' ? O : never }[Operation]

const unary = (name: VectorOperation) => (a: V128) => op(name, [a]) as V128
const binary = (name: VectorOperation) => (a: V128, b: V128) => op(name, [a, b]) as V128
const ternary = (name: VectorOperation) => (a: V128, b: V128, c: V128) => op(name, [a, b, c]) as V128
const shift = (name: VectorOperation) => (a: V128, bits: number) => op(name, [a, int(bits)]) as V128

export const v128 = {
  load: (address: I32, offset = 0): V128 => memory('v128.load', offset, [address]),
  /** One f32, copied into all four lanes. */
  loadSplat: (address: I32, offset = 0): V128 => memory('v128.load32_splat', offset, [address]),
  /** One f32 in lane 0, the others zero. */
  load32Zero: (address: I32, offset = 0): V128 => memory('v128.load32_zero', offset, [address]),
  and: binary('v128.and'),
  /** a & ~b */
  andnot: binary('v128.andnot'),
  or: binary('v128.or'),
  xor: binary('v128.xor'),
  /** Bits of `a` where the mask is set, else of `b`. */
  bitselect: ternary('v128.bitselect'),
  anyTrue: (a: V128): I32 => op('v128.any_true', [a]),
  /** Any four lanes of the eight of `a` (0..3) and `b` (4..7). */
  shuffle: (a: V128, b: V128, lanes: readonly [number, number, number, number]): V128 =>
    new Expr('v128', 'shuffle', undefined, [a, b], 0, lanes),
}

export const f32x4 = {
  const: (value: number): V128 => constant('v128', 'f32', [value, value, value, value]),
  splat: (a: F32): V128 => op('f32x4.splat', [a]),
  extractLane: (a: V128, index: number): F32 => lane('f32x4.extract_lane', index, [a]),
  replaceLane: (a: V128, index: number, value: F32): V128 => lane('f32x4.replace_lane', index, [a, value]),
  eq: binary('f32x4.eq'),
  lt: binary('f32x4.lt'),
  gt: binary('f32x4.gt'),
  ge: binary('f32x4.ge'),
  abs: unary('f32x4.abs'),
  neg: unary('f32x4.neg'),
  sqrt: unary('f32x4.sqrt'),
  add: binary('f32x4.add'),
  sub: binary('f32x4.sub'),
  mul: binary('f32x4.mul'),
  div: binary('f32x4.div'),
  /** IEEE minimum and maximum: a NaN on either side wins. */
  min: binary('f32x4.min'),
  max: binary('f32x4.max'),
  /** `b < a ? b : a`: one instruction on x86; a NaN in `b` is lost, one in `a` stays. */
  pmin: binary('f32x4.pmin'),
  /** `a < b ? b : a` */
  pmax: binary('f32x4.pmax'),
  nearest: unary('f32x4.nearest'),
  convertI32x4S: unary('f32x4.convert_i32x4_s'),
  /** a * b + c, rounded once where the machine has a fused multiply-add. Needs relaxed SIMD. */
  relaxedMadd: ternary('f32x4.relaxed_madd'),
  /** c - a * b */
  relaxedNmadd: ternary('f32x4.relaxed_nmadd'),
}

export const i32x4 = {
  const: (value: number): V128 => i32x4.lanes(value, value, value, value),
  /** Four constants, lane 0 first. */
  lanes: (...values: [number, number, number, number]): V128 => constant('v128', 'i32', values),
  splat: (a: I32): V128 => op('i32x4.splat', [a]),
  extractLane: (a: V128, index: number): I32 => lane('i32x4.extract_lane', index, [a]),
  add: binary('i32x4.add'),
  sub: binary('i32x4.sub'),
  mul: binary('i32x4.mul'),
  eq: binary('i32x4.eq'),
  ltS: binary('i32x4.lt_s'),
  geU: binary('i32x4.ge_u'),
  shl: shift('i32x4.shl'),
  shrS: shift('i32x4.shr_s'),
  shrU: shift('i32x4.shr_u'),
  /** The four lowest bytes, each as an unsigned integer. */
  extendLowU8: unary('i32x4.extend_low_u8'),
  truncSatF32x4S: unary('i32x4.trunc_sat_f32x4_s'),
}
