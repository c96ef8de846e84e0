/**
 * @file Seeded random numbers, equal bit for bit on every engine. Everything random in the library (weights, shuffling,
 * dropout, drawn pictures) comes from here. The generator is counter-based: number i of a stream is a pure function of
 * (seed, stream, i), so results depend neither on threads nor on what else was drawn before.
 *
 * Only + - * / and sqrt are used, which IEEE 754 rounds exactly; Math.log, Math.sin and the like may differ between
 * engines in their last bits.
 */
import { received, SeparableError } from './errors.ts'
import { naturalLog } from './exact.ts'

const ROUNDS = 10
const TWO_32 = 2 ** 32

/**
 * Philox4x32-10: a block cipher without secrecy that turns a 128-bit counter and a 64-bit key into 128 random bits.
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *
 * @param counter four 32-bit words
 * @param key two 32-bit words
 * @param out where the four random words go; may be the same array as `counter`
 */
export function philox(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let c0 = counter[0]!
  let c1 = counter[1]!
  let c2 = counter[2]!
  let c3 = counter[3]!
  let k0 = key[0]!
  let k1 = key[1]!
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
  return out
}

/** The upper 32 bits of the 64-bit product of two 32-bit words, from halves; nothing here leaves 32 bits, which is faster. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) >>> 0
}

/** One stream of random numbers, named by a seed and a path. Two streams of one seed never overlap in practice. */
export class Random {
  readonly seed: number
  readonly stream: string
  readonly #key: Uint32Array
  readonly #counter: Uint32Array
  readonly #block = new Uint32Array(4)
  #used = 4

  /**
   * @param seed integer in [0, 2^53)
   * @param stream any name; equal seeds and names give equal numbers
   * @throws SeparableError (`argument`) when the seed is not such an integer
   */
  constructor(seed: number, stream: string | number = '') {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new SeparableError('argument', `seed must be an integer from 0 to 2^53 - 1, ${received(seed)}`)
    this.seed = seed
    this.stream = String(stream)
    this.#key = Uint32Array.of(seed % TWO_32, seed / TWO_32)
    this.#counter = Uint32Array.of(0, 0, ...hashName(this.stream, this.#key))
  }

  /** An independent stream, the same whatever this one has drawn before. */
  fork(name: string | number): Random {
    return new Random(this.seed, `${this.stream}/${name}`)
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    if (this.#used === 4) this.#refill()
    return this.#block[this.#used++]!
  }

  /** A number in [0, 1) with 24 random bits: exact in f32 too, where more bits could round up to 1. */
  uniform(): number {
    return (this.uint32() >>> 8) / 2 ** 24
  }

  /** A number of the standard normal distribution, |z| < 6.4. */
  normal(): number {
    return normalQuantile(this.#openUniform())
  }

  /** A standard normal number cut off at two standard deviations; the inverse distribution needs no rejection. */
  truncatedNormal(): number {
    return normalQuantile(NORMAL_CDF_AT_MINUS_2 + (1 - 2 * NORMAL_CDF_AT_MINUS_2) * this.#openUniform())
  }

  /**
   * An integer in [0, n), each equally likely. Lemire: "Fast random integer generation in an interval", ACM TOMACS 2019.
   *
   * @throws SeparableError (`argument`) when n is not an integer from 1 to 2^32 - 1
   */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n >= TWO_32)
      throw new SeparableError('argument', `Random.int: n must be an integer from 1 to 2^32 - 1, ${received(n)}`)
    const unfair = TWO_32 % n
    for (;;) {
      const word = this.uint32()
      if (Math.imul(word, n) >>> 0 >= unfair) return multiplyHigh(word, n)
    }
  }

  /** The numbers 0 to n-1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let last = n - 1; last > 0; last--) {
      const other = this.int(last + 1)
      const value = order[last]!
      order[last] = order[other]!
      order[other] = value
    }
    return order
  }

  /** A number strictly between 0 and 1 with 32 random bits. */
  #openUniform(): number {
    return (this.uint32() + 0.5) / TWO_32
  }

  #refill(): void {
    philox(this.#counter, this.#key, this.#block)
    this.#used = 0
    this.#counter[0]!++
    if (this.#counter[0] === 0) this.#counter[1]!++
  }
}

/** 64 bits that name a stream: philox absorbs the name letter by letter. */
function hashName(name: string, key: Uint32Array): [number, number] {
  const state = new Uint32Array(4)
  for (let i = 0; i < name.length; i++) {
    state[2] = name.charCodeAt(i)
    state[3] = i
    philox(state, key, state)
  }
  return [state[0]!, state[1]!]
}

const NORMAL_CDF_AT_MINUS_2 = 0.022750131948179195

// Coefficients of Wichura's rational approximations, highest power first, rounded to f64.
// biome-ignore format: tables
const CENTRE = {
  numerator: [2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
    13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665],
  denominator: [5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
    5394.196021424751, 687.1870074920579, 42.31333070160091, 1],
}
// biome-ignore format: tables
const TAIL = {
  numerator: [0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835],
  denominator: [1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1],
}

/**
 * The z below which a standard normal number falls with probability p, to 16 digits for p in [1e-10, 1 - 1e-10].
 * Wichura: "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37, 1988; its third
 * region lies beyond what 32 random bits can reach.
 */
function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRE.numerator, r)) / polynomial(CENTRE.denominator, r)
  }
  const r = Math.sqrt(-naturalLog(q < 0 ? p : 1 - p)) - 1.6
  const z = polynomial(TAIL.numerator, r) / polynomial(TAIL.denominator, r)
  return q < 0 ? -z : z
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}
