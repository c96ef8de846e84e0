/**
 * @file Typed WebAssembly expressions. An `Expr` is a small tree that writes itself onto the stack
 * machine's byte stream; `Local` is the expression that reads a local. Names follow the
 * WebAssembly specification (i32.add -> i32.add, f32x4.relaxed_madd -> see `madd` of the module).
 */
import { invariant } from '../../base/errors.ts'
import type { Bytes } from './bytes.ts'

export type ValType = 'i32' | 'i64' | 'f32' | 'v128'

export class Expr<T extends ValType = ValType> {
  readonly type: T
  readonly emit: (out: Bytes) => void
  /** Set when the value is known while emitting: lets address arithmetic fold. */
  readonly constant: number | undefined

  constructor(type: T, emit: (out: Bytes) => void, constant?: number) {
    this.type = type
    this.emit = emit
    this.constant = constant
  }
}

export class Local<T extends ValType = ValType> extends Expr<T> {
  readonly index: number

  constructor(type: T, index: number) {
    super(type, (out) => out.u8(0x20).uleb(index))
    this.index = index
  }
}

export type I32 = Expr<'i32'>
export type F32 = Expr<'f32'>
export type V128 = Expr<'v128'>

/** Expression or JavaScript number, taken as an i32 constant. */
export type IntLike = I32 | number

function op<T extends ValType>(type: T, opcode: number[], args: readonly Expr[]): Expr<T> {
  return new Expr(type, (out) => {
    for (const arg of args) arg.emit(out)
    out.all(opcode)
  })
}

function memory<T extends ValType>(
  type: T,
  opcode: number[],
  align: number,
  args: readonly Expr[],
  offset: number,
): Expr<T> {
  invariant(offset >= 0, `memory offset must not be negative, received: ${offset}`)
  return new Expr(type, (out) => {
    for (const arg of args) arg.emit(out)
    out.all(opcode).uleb(align).uleb(offset)
  })
}

export function int(value: IntLike): I32 {
  if (typeof value !== 'number') return value
  return new Expr('i32', (out) => out.u8(0x41).sleb(value), value)
}

function fold(a: I32, b: I32, compute: (a: number, b: number) => number, opcode: number): I32 {
  if (a.constant !== undefined && b.constant !== undefined) return int(compute(a.constant, b.constant) | 0)
  return op('i32', [opcode], [a, b])
}

/** The time limit of a wait, less than 2^31. */
const nanoseconds = (ns: number): Expr<'i64'> => new Expr('i64', (out) => out.u8(0x42).sleb(ns))

const compare = (opcode: number) => (a: IntLike, b: IntLike) => op('i32', [opcode], [int(a), int(b)])

export const i32 = {
  const: int,
  add(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    return x.constant === 0 ? y : y.constant === 0 ? x : fold(x, y, (p, q) => p + q, 0x6a)
  },
  sub(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    return y.constant === 0 ? x : fold(x, y, (p, q) => p - q, 0x6b)
  },
  mul(a: IntLike, b: IntLike): I32 {
    const [x, y] = [int(a), int(b)]
    if (x.constant === 1) return y
    if (y.constant === 1) return x
    return fold(x, y, Math.imul, 0x6c)
  },
  divU: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => Math.floor((p >>> 0) / (q >>> 0)), 0x6e),
  divS: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => Math.trunc(p / q), 0x6d),
  remU: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => (p >>> 0) % (q >>> 0), 0x70),
  and: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p & q, 0x71),
  or: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p | q, 0x72),
  xor: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p ^ q, 0x73),
  shl: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p << q, 0x74),
  shrS: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p >> q, 0x75),
  shrU: (a: IntLike, b: IntLike): I32 => fold(int(a), int(b), (p, q) => p >>> q, 0x76),
  eqz: (a: I32): I32 => op('i32', [0x45], [a]),
  eq: compare(0x46),
  ne: compare(0x47),
  ltS: compare(0x48),
  ltU: compare(0x49),
  gtS: compare(0x4a),
  gtU: compare(0x4b),
  leS: compare(0x4c),
  geS: compare(0x4e),
  geU: compare(0x4f),
  /** `a` when the condition holds, else `b`. */
  select: (a: IntLike, b: IntLike, condition: I32): I32 => op('i32', [0x1b], [int(a), int(b), condition]),
  minS: (a: Local<'i32'> | number, b: Local<'i32'> | number): I32 => i32.select(a, b, i32.ltS(a, b)),
  load: (address: I32, offset = 0): I32 => memory('i32', [0x28], 2, [address], offset),
  load16U: (address: I32, offset = 0): I32 => memory('i32', [0x2f], 1, [address], offset),
  load8U: (address: I32, offset = 0): I32 => memory('i32', [0x2d], 0, [address], offset),
  /** Rounds towards zero; out of range becomes the nearest integer, NaN becomes 0. */
  truncSatF32S: (a: F32): I32 => op('i32', [0xfc, 0x00], [a]),
  atomicLoad: (address: I32, offset = 0): I32 => memory('i32', [0xfe, 0x10], 2, [address], offset),
  /** Adds and returns the value before. */
  atomicAdd: (address: I32, value: IntLike, offset = 0): I32 =>
    memory('i32', [0xfe, 0x1e], 2, [address, int(value)], offset),
  /** Sleeps while the word still holds `expected`, for so many seconds at most. Returns 2 when they are over, else 0 or 1. */
  atomicWait: (address: I32, expected: I32, offset: number, seconds: number): I32 =>
    memory('i32', [0xfe, 0x01], 2, [address, expected, nanoseconds(1e9 * seconds)], offset),
  atomicNotify: (address: I32, count: IntLike, offset = 0): I32 =>
    memory('i32', [0xfe, 0x00], 2, [address, int(count)], offset),
}

export const f32 = {
  const: (value: number): F32 => new Expr('f32', (out) => out.u8(0x43).f32(value)),
  load: (address: I32, offset = 0): F32 => memory('f32', [0x2a], 2, [address], offset),
  add: (a: F32, b: F32): F32 => op('f32', [0x92], [a, b]),
  sub: (a: F32, b: F32): F32 => op('f32', [0x93], [a, b]),
  mul: (a: F32, b: F32): F32 => op('f32', [0x94], [a, b]),
  div: (a: F32, b: F32): F32 => op('f32', [0x95], [a, b]),
  max: (a: F32, b: F32): F32 => op('f32', [0x97], [a, b]),
  neg: (a: F32): F32 => op('f32', [0x8c], [a]),
  sqrt: (a: F32): F32 => op('f32', [0x91], [a]),
  gt: (a: F32, b: F32): I32 => op('i32', [0x5e], [a, b]),
  select: (a: F32, b: F32, condition: I32): F32 => op('f32', [0x1b], [a, b, condition]),
  convertI32S: (a: I32): F32 => op('f32', [0xb2], [a]),
}

/** The 0xfd-prefixed opcode space; sub-opcodes above 127 take two LEB bytes. */
function simd(code: number): number[] {
  return code < 0x80 ? [0xfd, code] : [0xfd, (code & 0x7f) | 0x80, code >> 7]
}

function vector(code: number): (...args: Expr[]) => V128 {
  const opcode = simd(code)
  return (...args) => op('v128', opcode, args)
}

const LOAD = simd(0x00)
const LOAD_SPLAT = simd(0x09)

function lane<T extends ValType>(type: T, code: number, args: readonly Expr[], index: number): Expr<T> {
  return new Expr(type, (out) => {
    for (const arg of args) arg.emit(out)
    out.all(simd(code)).u8(index)
  })
}

export const v128 = {
  load: (address: I32, offset = 0): V128 => memory('v128', LOAD, 2, [address], offset),
  /** One f32, copied into all four lanes. */
  loadSplat: (address: I32, offset = 0): V128 => memory('v128', LOAD_SPLAT, 2, [address], offset),
  /** One f32 in lane 0, the others zero. */
  load32Zero: (address: I32, offset = 0): V128 => memory('v128', simd(0x5c), 2, [address], offset),
  and: vector(0x4e) as (a: V128, b: V128) => V128,
  /** a & ~b */
  andnot: vector(0x4f) as (a: V128, b: V128) => V128,
  or: vector(0x50) as (a: V128, b: V128) => V128,
  xor: vector(0x51) as (a: V128, b: V128) => V128,
  /** Bits of `a` where the mask is set, else of `b`. */
  bitselect: vector(0x52) as (a: V128, b: V128, mask: V128) => V128,
  anyTrue: (a: V128): I32 => op('i32', simd(0x53), [a]),
  /** Any four lanes of the eight of `a` (0..3) and `b` (4..7). */
  shuffle: (a: V128, b: V128, lanes: readonly [number, number, number, number]): V128 =>
    new Expr('v128', (out) => {
      a.emit(out)
      b.emit(out)
      out.all(simd(0x0d)).all(lanes.flatMap((l) => [l * 4, l * 4 + 1, l * 4 + 2, l * 4 + 3]))
    }),
}

export const f32x4 = {
  const: (value: number): V128 =>
    new Expr('v128', (out) => {
      out.all(simd(0x0c))
      for (let i = 0; i < 4; i++) out.f32(value)
    }),
  splat: (a: F32): V128 => op('v128', simd(0x13), [a]),
  extractLane: (a: V128, index: number): F32 => lane('f32', 0x1f, [a], index),
  replaceLane: (a: V128, index: number, value: F32): V128 => lane('v128', 0x20, [a, value], index),
  eq: vector(0x41) as (a: V128, b: V128) => V128,
  lt: vector(0x43) as (a: V128, b: V128) => V128,
  gt: vector(0x44) as (a: V128, b: V128) => V128,
  ge: vector(0x46) as (a: V128, b: V128) => V128,
  abs: vector(0xe0) as (a: V128) => V128,
  neg: vector(0xe1) as (a: V128) => V128,
  sqrt: vector(0xe3) as (a: V128) => V128,
  add: vector(0xe4) as (a: V128, b: V128) => V128,
  sub: vector(0xe5) as (a: V128, b: V128) => V128,
  mul: vector(0xe6) as (a: V128, b: V128) => V128,
  div: vector(0xe7) as (a: V128, b: V128) => V128,
  /** IEEE minimum and maximum: a NaN on either side wins. */
  min: vector(0xe8) as (a: V128, b: V128) => V128,
  max: vector(0xe9) as (a: V128, b: V128) => V128,
  /** `b < a ? b : a`: one instruction on x86; a NaN in `b` is lost, one in `a` stays. */
  pmin: vector(0xea) as (a: V128, b: V128) => V128,
  /** `a < b ? b : a` */
  pmax: vector(0xeb) as (a: V128, b: V128) => V128,
  nearest: vector(0x6a) as (a: V128) => V128,
  convertI32x4S: vector(0xfa) as (a: V128) => V128,
  /** a * b + c, rounded once where the machine has a fused multiply-add. Needs relaxed SIMD. */
  relaxedMadd: vector(0x105) as (a: V128, b: V128, c: V128) => V128,
  /** c - a * b */
  relaxedNmadd: vector(0x106) as (a: V128, b: V128, c: V128) => V128,
}

export const i32x4 = {
  const: (value: number): V128 => i32x4.lanes(value, value, value, value),
  /** Four constants, lane 0 first. */
  lanes: (...values: [number, number, number, number]): V128 =>
    new Expr('v128', (out) => {
      out.all(simd(0x0c))
      for (const value of values) out.all([value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255])
    }),
  splat: (a: I32): V128 => op('v128', simd(0x11), [a]),
  extractLane: (a: V128, index: number): I32 => lane('i32', 0x1b, [a], index),
  add: vector(0xae) as (a: V128, b: V128) => V128,
  sub: vector(0xb1) as (a: V128, b: V128) => V128,
  mul: vector(0xb5) as (a: V128, b: V128) => V128,
  eq: vector(0x37) as (a: V128, b: V128) => V128,
  ltS: vector(0x39) as (a: V128, b: V128) => V128,
  geU: vector(0x40) as (a: V128, b: V128) => V128,
  shl: (a: V128, bits: number): V128 => op('v128', simd(0xab), [a, int(bits)]),
  shrS: (a: V128, bits: number): V128 => op('v128', simd(0xac), [a, int(bits)]),
  shrU: (a: V128, bits: number): V128 => op('v128', simd(0xad), [a, int(bits)]),
  /** The four lowest bytes, each as an unsigned integer. */
  extendLowU8: (a: V128): V128 => op('v128', [...simd(0x89), ...simd(0xa9)], [a]),
  truncSatF32x4S: vector(0xf8) as (a: V128) => V128,
}
