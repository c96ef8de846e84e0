/**
 * @file exp, log, tanh, erf and relatives on four f32 at a time. Each reduces its argument
 * to a short interval, evaluates a polynomial there (coefficients: minimax fits of the relative
 * error, rounded to f32) and undoes the reduction. Results are within 2 units in the last place, those
 * of erf and expm1 within 3 and 4.
 * The argument is an expression; it is evaluated once.
 *
 * After Cody & Waite: "Software Manual for the Elementary Functions", 1980.
 */
import { f32x4, i32x4, type Local, type V128, v128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'

/** ln 2 in two parts; whole numbers below 2^13 times the first part are exact. */
const LN2_HIGH = 0.693359375
const LN2_LOW = -2.1219444170128554e-4

/** Added to |x| < 2^22 it rounds x to a whole number, which then stands in the lowest bits. */
const ROUNDER = 1.5 * 2 ** 23
const ROUNDER_BITS = 0x4b400000

/** (exp r - 1 - r) / r^2 for |r| <= ln 2 / 2; relative error of exp r 3e-9. */
const EXP = [0.4999999403953552, 0.1666652113199234, 0.04166838899254799, 0.008368716575205326, 0.001381459878757596]
/** (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2 for |s| <= 0.1716; relative error of the logarithm 1e-9. */
const LOG = [0.6666677594184875, 0.39977550506591797, 0.29871633648872375]
/** (tanh x - x) / x^3 in x^2 for |x| <= 0.625; relative error of tanh x 5e-9. */
const TANH = [
  -0.3333328068256378, 0.13331441581249237, -0.05373971536755562, 0.02063908614218235, -0.005704985000193119,
]

/** erf x / x in x^2 for |x| <= 1; relative error 1e-9. */
const ERF = [
  1.1283791065216064, -0.3761262595653534, 0.1128358542919159, -0.026853810995817184, 0.005188327748328447,
  -0.0008010192541405559, 0.00007853857823647559,
]
/** -log(1 - erf x) for 1 <= x <= 4; error of erf x 1e-9. */
const ERF_TAIL = [
  0.00034151258296333253, 1.127089262008667, 0.6381447315216064, 0.10310681909322739, -0.021838096901774406,
  0.002947666682302952, -0.0001863800862338394,
]
/** sin(2 pi q) / q in q^2 for |q| <= 1/4; relative error 5e-9. */
const SIN_TURNS = [6.2831854820251465, -41.341678619384766, 81.60223388671875, -76.57498931884766, 39.71091842651367]

/** e^x; below -104 it is 0, above 88.73 infinite; NaN stays. */
export function exp(f: FunctionBuilder, argument: V128): V128 {
  const { module } = f
  // The limits round to 0 and infinity; this operand order keeps NaN.
  const x = f.let(f32x4.pmin(f32x4.pmax(argument, f32x4.const(-104)), f32x4.const(89)))
  const rounded = f.let(module.madd(x, f32x4.const(Math.LOG2E), f32x4.const(ROUNDER)))
  const n = f.let(f32x4.sub(rounded, f32x4.const(ROUNDER)))
  const r = f.let(module.nmadd(n, f32x4.const(LN2_LOW), module.nmadd(n, f32x4.const(LN2_HIGH), x)))
  const tail = module.madd(polynomial(f, r, EXP), f32x4.mul(r, r), r)
  // 2^n in two factors: one alone could not express 2^128 and results below 2^-126.
  const whole = f.let(i32x4.sub(rounded, i32x4.const(ROUNDER_BITS)))
  const half = f.let(i32x4.shrS(whole, 1))
  return f32x4.mul(f32x4.mul(f32x4.add(f32x4.const(1), tail), powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)))
}

/** Natural logarithm: -infinity at 0, NaN below. The reconstruction is that of fdlibm's e_log.c (Sun Microsystems, 1993). */
export function log(f: FunctionBuilder, argument: V128): V128 {
  const { module } = f
  const x = f.let(argument)
  const subnormal = f.let(f32x4.lt(x, f32x4.const(2 ** -126)))
  const normal = f.let(v128.bitselect(f32x4.mul(x, f32x4.const(2 ** 23)), x, subnormal))
  // x = m 2^k with m in [sqrt(1/2), sqrt(2)); 0x3f3504f3 are the bits of sqrt(1/2).
  const k = f.let(i32x4.shrS(i32x4.sub(normal, i32x4.const(0x3f3504f3)), 23))
  const fraction = f.let(f32x4.sub(i32x4.sub(normal, i32x4.shl(k, 23)), f32x4.const(1)))
  const exponent = f.let(f32x4.sub(f32x4.convertI32x4S(k), v128.and(subnormal, f32x4.const(23))))
  const s = f.let(f32x4.div(fraction, f32x4.add(fraction, f32x4.const(2))))
  const z = f.let(f32x4.mul(s, s))
  const halfSquare = f.let(f32x4.mul(f32x4.mul(fraction, fraction), f32x4.const(0.5)))
  const inner = module.madd(polynomial(f, z, LOG), z, halfSquare)
  const low = module.madd(s, inner, f32x4.mul(exponent, f32x4.const(LN2_LOW)))
  const finite = module.madd(exponent, f32x4.const(LN2_HIGH), f32x4.sub(fraction, f32x4.sub(halfSquare, low)))
  // Of the remaining arguments the square root has the right value but for 0.
  const other = v128.bitselect(f32x4.const(-Infinity), f32x4.sqrt(x), f32x4.eq(x, f32x4.const(0)))
  const ordinary = v128.and(f32x4.gt(x, f32x4.const(0)), f32x4.lt(x, f32x4.const(Infinity)))
  return v128.bitselect(finite, other, ordinary)
}

/** By its polynomial near 0, where the other form 1 - 2 / (e^2|x| + 1) cancels. */
export function tanh(f: FunctionBuilder, argument: V128): V128 {
  const { module } = f
  const x = f.let(argument)
  const size = f.let(f32x4.abs(x))
  const square = f.let(f32x4.mul(size, size))
  const small = f.let(module.madd(polynomial(f, square, TANH), f32x4.mul(square, size), size))
  const growth = exp(f, f32x4.add(size, size))
  const large = f32x4.sub(f32x4.const(1), f32x4.div(f32x4.const(2), f32x4.add(growth, f32x4.const(1))))
  const sign = v128.and(x, i32x4.const(1 << 31))
  return v128.or(v128.bitselect(small, large, f32x4.lt(size, f32x4.const(0.625))), sign)
}

/** 1 / (1 + e^-x); below -88.7 it is 0. */
export function sigmoid(f: FunctionBuilder, argument: V128): V128 {
  return f32x4.div(f32x4.const(1), f32x4.add(f32x4.const(1), exp(f, f32x4.neg(argument))))
}

/** log(1 + e^x), as max(x, 0) + log(1 + e^-|x|), which cannot overflow; exact to 1e-7 of 1 below 0. */
export function softplus(f: FunctionBuilder, argument: V128): V128 {
  const x = f.let(argument)
  const tail = exp(f, f32x4.neg(f32x4.abs(x)))
  return f32x4.add(f32x4.max(x, f32x4.const(0)), log(f, f32x4.add(f32x4.const(1), tail)))
}

/** e^x - 1 for x <= 0, without cancellation: 2 t / (1 - t) with t = tanh(x / 2). */
export function expm1(f: FunctionBuilder, argument: V128): V128 {
  const t = f.let(tanh(f, f32x4.mul(argument, f32x4.const(0.5))))
  return f32x4.div(f32x4.add(t, t), f32x4.sub(f32x4.const(1), t))
}

/** By its polynomial to 1, then as 1 - e^-p(|x|); from 4 on it is 1. */
export function erf(f: FunctionBuilder, argument: V128): V128 {
  const x = f.let(argument)
  const size = f.let(f32x4.min(f32x4.abs(x), f32x4.const(4)))
  const small = f32x4.mul(polynomial(f, f.let(f32x4.mul(size, size)), ERF), size)
  const large = f32x4.sub(f32x4.const(1), exp(f, f32x4.neg(polynomial(f, size, ERF_TAIL))))
  const sign = v128.and(x, i32x4.const(1 << 31))
  return v128.or(v128.bitselect(small, large, f32x4.lt(size, f32x4.const(1))), sign)
}

/** cos(2 pi x) = sin(2 pi (1/4 - |r|)) with r the distance of x from a whole number. */
export function cosTurns(f: FunctionBuilder, argument: V128): V128 {
  const x = f.let(argument)
  const distance = f32x4.abs(f32x4.sub(x, f32x4.nearest(x)))
  const q = f.let(f32x4.sub(f32x4.const(0.25), distance))
  return f32x4.mul(polynomial(f, f.let(f32x4.mul(q, q)), SIN_TURNS), q)
}

/** Horner's rule; coefficients from the constant term up. */
function polynomial({ module }: FunctionBuilder, x: Local<'v128'>, coefficients: readonly number[]): V128 {
  return coefficients.map((c) => f32x4.const(c)).reduceRight((sum, c) => module.madd(sum, x, c))
}

/** 2^k for integers -126 <= k <= 127. */
function powerOfTwo(k: V128): V128 {
  return i32x4.shl(i32x4.add(k, i32x4.const(127)), 23)
}
