/**
 * @file Every operation of the language that kernels are written in, and the type of its result. Names follow the WebAssembly
 * specification; each target says how it computes them, and the compiler points at one that a target has forgotten.
 */

export type ValType = 'i32' | 'i64' | 'f32' | 'v128'

/** From values to a value. */
export const OPERATIONS = {
  'i32.add': 'i32',
  'i32.sub': 'i32',
  'i32.mul': 'i32',
  'i32.div_s': 'i32',
  'i32.div_u': 'i32',
  'i32.rem_u': 'i32',
  'i32.and': 'i32',
  'i32.or': 'i32',
  'i32.xor': 'i32',
  'i32.shl': 'i32',
  'i32.shr_s': 'i32',
  'i32.shr_u': 'i32',
  'i32.eqz': 'i32',
  'i32.eq': 'i32',
  'i32.ne': 'i32',
  'i32.lt_s': 'i32',
  'i32.lt_u': 'i32',
  'i32.gt_s': 'i32',
  'i32.gt_u': 'i32',
  'i32.le_s': 'i32',
  'i32.ge_s': 'i32',
  'i32.ge_u': 'i32',
  /** (a, b, condition): `a` when the condition holds, else `b`. */
  'i32.select': 'i32',
  'i32.trunc_sat_f32_s': 'i32',
  'f32.gt': 'i32',
  'f32.add': 'f32',
  'f32.sub': 'f32',
  'f32.mul': 'f32',
  'f32.div': 'f32',
  'f32.max': 'f32',
  'f32.neg': 'f32',
  'f32.sqrt': 'f32',
  'f32.select': 'f32',
  'f32.convert_i32_s': 'f32',
  'v128.and': 'v128',
  'v128.andnot': 'v128',
  'v128.or': 'v128',
  'v128.xor': 'v128',
  'v128.bitselect': 'v128',
  'v128.any_true': 'i32',
  'f32x4.splat': 'v128',
  'f32x4.eq': 'v128',
  'f32x4.lt': 'v128',
  'f32x4.gt': 'v128',
  'f32x4.ge': 'v128',
  'f32x4.abs': 'v128',
  'f32x4.neg': 'v128',
  'f32x4.sqrt': 'v128',
  'f32x4.add': 'v128',
  'f32x4.sub': 'v128',
  'f32x4.mul': 'v128',
  'f32x4.div': 'v128',
  'f32x4.min': 'v128',
  'f32x4.max': 'v128',
  'f32x4.pmin': 'v128',
  'f32x4.pmax': 'v128',
  'f32x4.nearest': 'v128',
  'f32x4.convert_i32x4_s': 'v128',
  'f32x4.relaxed_madd': 'v128',
  'f32x4.relaxed_nmadd': 'v128',
  'i32x4.splat': 'v128',
  'i32x4.add': 'v128',
  'i32x4.sub': 'v128',
  'i32x4.mul': 'v128',
  'i32x4.eq': 'v128',
  'i32x4.lt_s': 'v128',
  'i32x4.ge_u': 'v128',
  'i32x4.shl': 'v128',
  'i32x4.shr_s': 'v128',
  'i32x4.shr_u': 'v128',
  /** The four lowest bytes, each as an unsigned integer. */
  'i32x4.extend_low_u8': 'v128',
  'i32x4.trunc_sat_f32x4_s': 'v128',
} as const

/** With the number of a lane. */
export const LANE_OPERATIONS = {
  'f32x4.extract_lane': 'f32',
  'f32x4.replace_lane': 'v128',
  'i32x4.extract_lane': 'i32',
} as const

/** From an address, and values where something is changed, at a constant offset. */
export const LOADS = {
  'i32.load': 'i32',
  'i32.load8_u': 'i32',
  'i32.load16_u': 'i32',
  'i32.atomic.load': 'i32',
  'i32.atomic.rmw.add': 'i32',
  'memory.atomic.wait32': 'i32',
  'memory.atomic.notify': 'i32',
  'f32.load': 'f32',
  'v128.load': 'v128',
  'v128.load32_splat': 'v128',
  'v128.load32_zero': 'v128',
} as const

export type Operation = keyof typeof OPERATIONS
export type LaneOperation = keyof typeof LANE_OPERATIONS
export type Load = keyof typeof LOADS
export type Store = 'i32.store' | 'i32.store8' | 'i32.atomic.store' | 'f32.store' | 'v128.store'
