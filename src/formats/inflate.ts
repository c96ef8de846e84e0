/**
 * @file Unpacks deflated bytes (RFC 1951). Packed entries are rare in model files, which store theirs; this small decoder
 * keeps the library free of others, and never makes more bytes than it was told to expect.
 */
import { damaged } from './bytes.ts'

/** Reads bits, the lowest of each byte first. */
class Bits {
  readonly #bytes: Uint8Array
  readonly #what: string
  #at = 0
  #hold = 0
  #count = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  /** The next `n` bits, at most 15, without taking them; 0 stands for what is behind the end. */
  peek(n: number): number {
    while (this.#count < n) {
      this.#hold |= (this.#bytes[this.#at++] ?? 0) << this.#count
      this.#count += 8
    }
    return this.#hold & ((1 << n) - 1)
  }

  /** @throws SeparableError (`data`) when these bits are not there */
  skip(n: number): void {
    this.#hold >>>= n
    this.#count -= n
    if (8 * this.#at - this.#count > 8 * this.#bytes.length) throw this.damage('ends in the middle')
  }

  take(n: number): number {
    const value = this.peek(n)
    this.skip(n)
    return value
  }

  /** Whole bytes from the next boundary on. */
  bytes(n: number): Uint8Array {
    const begin = this.#at - (this.#count >> 3)
    if (begin + n > this.#bytes.length) throw this.damage('ends in the middle')
    this.#at = begin + n
    this.#hold = 0
    this.#count = 0
    return this.#bytes.subarray(begin, begin + n)
  }

  damage(problem: string): Error {
    return damaged(this.#what, `cannot be unpacked: it ${problem}`, this.#bytes.length)
  }
}

/** What the next `width` bits mean: a symbol, shifted by 4, and the length of its code; 0 where no code is. */
interface Codes {
  readonly table: Uint16Array
  readonly width: number
}

const LONGEST_CODE = 15

/** Codes of the same length follow each other, in the order of their symbols (section 3.2.2). */
function codesOf(lengths: readonly number[], bits: Bits): Codes {
  const counts = new Uint16Array(LONGEST_CODE + 1)
  for (const length of lengths) counts[length]++
  const width = Math.max(1, ...lengths)
  const next = new Uint16Array(LONGEST_CODE + 2)
  counts[0] = 0
  for (let length = 1; length <= LONGEST_CODE; length++) {
    next[length + 1] = (next[length] + counts[length]) << 1
    if (next[length] + counts[length] > 1 << length) throw bits.damage('has codes that cannot be')
  }
  const table = new Uint16Array(1 << width)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    const step = 1 << length
    for (let at = reversed(next[length]++, length); at < table.length; at += step) table[at] = (symbol << 4) | length
  })
  return { table, width }
}

function reversed(code: number, length: number): number {
  let result = 0
  for (let i = 0; i < length; i++) result |= ((code >> i) & 1) << (length - 1 - i)
  return result
}

function decode(bits: Bits, { table, width }: Codes): number {
  const entry = table[bits.peek(width)]
  if (entry === 0) throw bits.damage('has a code that stands for nothing')
  bits.skip(entry & 15)
  return entry >> 4
}

/** Ranges of lengths or distances: where each begins, and how many bits say where in it (section 3.2.5). */
function ranges(begin: number, extraBits: readonly number[]): (readonly [base: number, extra: number])[] {
  let base = begin
  return extraBits.map((extra) => {
    const range = [base, extra] as const
    base += 1 << extra
    return range
  })
}

const steps = (first: number, each: number, last: number) =>
  Array.from({ length: last }, (_, i) => Math.max(0, Math.floor((i - first) / each)))
// 258 has a symbol of its own, so the range before it is one short.
const LENGTHS = [...ranges(3, steps(4, 4, 28)), [258, 0] as const]
const DISTANCES = ranges(1, steps(2, 2, 30))

/** The order in which the lengths of the code for lengths stand (section 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

const repeat = (count: number, value: number) => Array<number>(count).fill(value)
const FIXED_LENGTHS = [...repeat(144, 8), ...repeat(112, 9), ...repeat(24, 7), ...repeat(8, 8)]
const FIXED_DISTANCES = repeat(30, 5)

function readCodes(bits: Bits): [lengths: Codes, distances: Codes] {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4]
  const short = repeat(19, 0)
  for (let i = 0; i < count; i++) short[ORDER[i]] = bits.take(3)
  const codes = codesOf(short, bits)
  const lengths: number[] = []
  while (lengths.length < literals + distances) {
    const symbol = decode(bits, codes)
    if (symbol < 16) lengths.push(symbol)
    else if (symbol === 16) lengths.push(...repeat(3 + bits.take(2), lengths.at(-1) ?? 0))
    else lengths.push(...repeat(symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7), 0))
  }
  if (lengths.length > literals + distances) throw bits.damage('has codes that cannot be')
  return [codesOf(lengths.slice(0, literals), bits), codesOf(lengths.slice(literals), bits)]
}

const END_OF_BLOCK = 256

/** Literals and copies of what came before. Returns where the block ends, or -1 when `out` is full before that. */
function unpackBlock(
  bits: Bits,
  [lengths, distances]: readonly [Codes, Codes],
  out: Uint8Array,
  begin: number,
): number {
  let at = begin
  for (;;) {
    const symbol = decode(bits, lengths)
    if (symbol === END_OF_BLOCK) return at
    if (symbol < END_OF_BLOCK) {
      if (at >= out.length) return FULL
      out[at++] = symbol
      continue
    }
    const length = valueIn(LENGTHS, symbol - END_OF_BLOCK - 1, bits)
    const distance = valueIn(DISTANCES, decode(bits, distances), bits)
    if (distance > at) throw bits.damage('copies from before its beginning')
    const fits = Math.min(length, out.length - at)
    for (let i = 0; i < fits; i++, at++) out[at] = out[at - distance]
    if (fits < length) return FULL
  }
}

const FULL = -1

function valueIn(table: readonly (readonly [base: number, extra: number])[], symbol: number, bits: Bits): number {
  const range = table[symbol]
  if (!range) throw bits.damage('has a code that stands for nothing')
  return range[0] + bits.take(range[1])
}

/**
 * The bytes behind deflated ones.
 * @param size how many there must be; no more are ever made
 * @param what where they stand, for messages
 * @throws SeparableError (`data`) when they are damaged or not exactly as many
 */
export function inflate(packed: Uint8Array, size: number, what: string): Uint8Array<ArrayBuffer> {
  const bits = new Bits(packed, what)
  const out = new Uint8Array(size)
  const at = unpackInto(out, bits)
  if (at === FULL) throw bits.damage(`is longer than ${size} bytes`)
  if (at !== size) throw bits.damage(`should have ${size} bytes, but has ${at}`)
  return out
}

/** The first bytes behind deflated ones, or all when there are fewer. @throws SeparableError (`data`) when they are damaged */
export function inflateStart(packed: Uint8Array, size: number, what: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size)
  const at = size === 0 ? 0 : unpackInto(out, new Bits(packed, what))
  return at === FULL ? out : out.subarray(0, at)
}

/** Returns how many bytes there were, or `FULL` when there are more than `out` holds. */
function unpackInto(out: Uint8Array, bits: Bits): number {
  const fixed = [codesOf(FIXED_LENGTHS, bits), codesOf(FIXED_DISTANCES, bits)] as const
  let at = 0
  for (let last = 0; !last; ) {
    last = bits.take(1)
    const kind = bits.take(2)
    if (kind === 0) {
      const header = bits.bytes(4)
      const stored = bits.bytes(header[0] | (header[1] << 8))
      const fits = stored.subarray(0, out.length - at)
      out.set(fits, at)
      if (fits.length < stored.length) return FULL
      at += stored.length
    } else if (kind === 3) throw bits.damage('has a block of no known kind')
    else at = unpackBlock(bits, kind === 1 ? fixed : readCodes(bits), out, at)
    if (at === FULL) return FULL
  }
  return at
}
