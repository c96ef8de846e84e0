/** @file The WebAssembly instruction of every operation (https://webassembly.github.io/spec/core/appendix/index-instructions.html). */
import type { LaneOperation, Load, Operation, Store } from '../operations.ts'

export type Opcode = readonly number[]

/** The 0xfd-prefixed opcode space; sub-opcodes above 127 take two LEB bytes. */
function simd(code: number): Opcode {
  return code < 0x80 ? [0xfd, code] : [0xfd, (code & 0x7f) | 0x80, code >> 7]
}

const SELECT: Opcode = [0x1b]

export const OPCODES: { readonly [O in Operation]: Opcode } = {
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.div_s': [0x6d],
  'i32.div_u': [0x6e],
  'i32.rem_u': [0x70],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.xor': [0x73],
  'i32.shl': [0x74],
  'i32.shr_s': [0x75],
  'i32.shr_u': [0x76],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.ne': [0x47],
  'i32.lt_s': [0x48],
  'i32.lt_u': [0x49],
  'i32.gt_s': [0x4a],
  'i32.gt_u': [0x4b],
  'i32.le_s': [0x4c],
  'i32.ge_s': [0x4e],
  'i32.ge_u': [0x4f],
  'i32.select': SELECT,
  'i32.trunc_sat_f32_s': [0xfc, 0x00],
  'f32.gt': [0x5e],
  'f32.add': [0x92],
  'f32.sub': [0x93],
  'f32.mul': [0x94],
  'f32.div': [0x95],
  'f32.max': [0x97],
  'f32.neg': [0x8c],
  'f32.sqrt': [0x91],
  'f32.select': SELECT,
  'f32.convert_i32_s': [0xb2],
  'v128.and': simd(0x4e),
  'v128.andnot': simd(0x4f),
  'v128.or': simd(0x50),
  'v128.xor': simd(0x51),
  'v128.bitselect': simd(0x52),
  'v128.any_true': simd(0x53),
  'f32x4.splat': simd(0x13),
  'f32x4.eq': simd(0x41),
  'f32x4.lt': simd(0x43),
  'f32x4.gt': simd(0x44),
  'f32x4.ge': simd(0x46),
  'f32x4.abs': simd(0xe0),
  'f32x4.neg': simd(0xe1),
  'f32x4.sqrt': simd(0xe3),
  'f32x4.add': simd(0xe4),
  'f32x4.sub': simd(0xe5),
  'f32x4.mul': simd(0xe6),
  'f32x4.div': simd(0xe7),
  'f32x4.min': simd(0xe8),
  'f32x4.max': simd(0xe9),
  'f32x4.pmin': simd(0xea),
  'f32x4.pmax': simd(0xeb),
  'f32x4.nearest': simd(0x6a),
  'f32x4.convert_i32x4_s': simd(0xfa),
  'f32x4.relaxed_madd': simd(0x105),
  'f32x4.relaxed_nmadd': simd(0x106),
  'i32x4.splat': simd(0x11),
  'i32x4.add': simd(0xae),
  'i32x4.sub': simd(0xb1),
  'i32x4.mul': simd(0xb5),
  'i32x4.eq': simd(0x37),
  'i32x4.lt_s': simd(0x39),
  'i32x4.ge_u': simd(0x40),
  'i32x4.shl': simd(0xab),
  'i32x4.shr_s': simd(0xac),
  'i32x4.shr_u': simd(0xad),
  // i16x8.extend_low_i8x16_u, then i32x4.extend_low_i16x8_u
  'i32x4.extend_low_u8': [...simd(0x89), ...simd(0xa9)],
  'i32x4.trunc_sat_f32x4_s': simd(0xf8),
}

export const LANE_OPCODES: { readonly [O in LaneOperation]: Opcode } = {
  'f32x4.extract_lane': simd(0x1f),
  'f32x4.replace_lane': simd(0x20),
  'i32x4.extract_lane': simd(0x1b),
}

export const SHUFFLE = simd(0x0d)
export const V128_CONST = simd(0x0c)

/** An instruction on memory, and the binary logarithm of the alignment that its code promises. */
export interface MemoryOpcode {
  readonly opcode: Opcode
  readonly align: number
}

const word = (...opcode: number[]): MemoryOpcode => ({ opcode, align: 2 })

export const LOAD_OPCODES: { readonly [O in Load]: MemoryOpcode } = {
  'i32.load': word(0x28),
  'i32.load8_u': { opcode: [0x2d], align: 0 },
  'i32.load16_u': { opcode: [0x2f], align: 1 },
  'i32.atomic.load': word(0xfe, 0x10),
  'i32.atomic.rmw.add': word(0xfe, 0x1e),
  'memory.atomic.wait32': word(0xfe, 0x01),
  'memory.atomic.notify': word(0xfe, 0x00),
  'f32.load': word(0x2a),
  'v128.load': word(...simd(0x00)),
  'v128.load32_splat': word(...simd(0x09)),
  'v128.load32_zero': word(...simd(0x5c)),
}

export const STORE_OPCODES: { readonly [O in Store]: MemoryOpcode } = {
  'i32.store': word(0x36),
  'i32.store8': { opcode: [0x3a], align: 0 },
  'i32.atomic.store': word(0xfe, 0x17),
  'f32.store': word(0x38),
  'v128.store': word(...simd(0x0b)),
}
