/**
 * @file Functions of numbers, equal bit for bit on every engine: only + - * / and sqrt are used, which IEEE 754 rounds exactly.
 * The last bits of Math.exp, Math.log, Math.cos and `**` are an engine's own choice (V8 and JavaScriptCore differ), and would
 * reach weights through optimizers and schedules.
 */

/** ln x for a positive normal x: x = m * 2^e with m in [0.7, 1.5), ln m = 2 artanh((m - 1) / (m + 1)) as a series. */
export function naturalLog(x: number): number {
  let exponent = 0
  let m = x
  for (; m < Math.SQRT1_2; m *= 2) exponent--
  for (; m >= Math.SQRT2; m /= 2) exponent++
  const s = (m - 1) / (m + 1)
  let series = 0
  for (let power = 21; power >= 1; power -= 2) series = series * s * s + 1 / power
  return 2 * s * series + exponent * Math.LN2
}

/** ln 2 in two parts: the first one, times an exponent, is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/** e^x: x = k ln 2 + r with |r| <= ln 2 / 2, e^r as a series. */
function exponential(x: number): number {
  if (!(x > -745)) return Number.isNaN(x) ? x : 0
  if (x > 710) return Number.POSITIVE_INFINITY
  const k = Math.round(x / Math.LN2)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let series = 1
  for (let n = 14; n >= 1; n--) series = 1 + (series * r) / n
  // In two steps, neither of which leaves the range of numbers.
  const half = Math.trunc(k / 2)
  return series * wholePower(2, half) * wholePower(2, k - half)
}

/** x^n by squaring. */
function wholePower(x: number, n: number): number {
  let result = 1
  for (let [square, left] = [x, Math.abs(n)]; left > 0; square *= square, left = Math.floor(left / 2))
    if (left % 2 === 1) result *= square
  return n < 0 ? 1 / result : result
}

/** x^y, as `**`. */
export function power(x: number, y: number): number {
  if (Number.isSafeInteger(y)) return wholePower(x, y)
  if (x > 0 && x < Number.POSITIVE_INFINITY && Number.isFinite(y)) return exponential(y * naturalLog(x))
  if (x === 0 && Number.isFinite(y)) return y > 0 ? 0 : Number.POSITIVE_INFINITY
  return x ** y // not a number, or infinite: engines agree
}

/** cos(pi x) for x from 0 to 1. */
export function cosineOfHalfTurns(x: number): number {
  if (x > 0.5) return -cosineOfHalfTurns(1 - x)
  const isNearZero = x <= 0.25
  const angle = Math.PI * (isNearZero ? x : 0.5 - x)
  const square = angle * angle
  let series = 1
  for (let n = isNearZero ? 20 : 21; n >= 2; n -= 2) series = 1 - (series * square) / (n * (n - 1))
  return isNearZero ? series : angle * series
}
