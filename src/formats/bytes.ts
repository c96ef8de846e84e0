/**
 * @file Reading bytes that nobody vouches for: every access is checked, and what a file may make us allocate is bounded by
 * its own size. All formats read through this file; none of them trusts a number it finds.
 */
import { received, SeparableError } from '../base/errors.ts'

/** The largest file that is read or written, in bytes. */
export const MAX_FILE_BYTES = 2 ** 31 - 1

/** Why a file cannot be read. @param what the file, or its part: `net.keras: config.json` */
export function damaged(what: string, problem: string, value: unknown): SeparableError {
  return new SeparableError('data', `${what} ${problem}, ${received(value)}`)
}

/** Why a file is sound but nothing can be done with it here. */
export function unsupported(what: string, problem: string, value: unknown): SeparableError {
  return new SeparableError('unsupported', `${what} ${problem}, ${received(value)}`)
}

/** @throws SeparableError (`argument`) unless these are the bytes of a file */
export function checkBytes(what: string, data: unknown): void {
  if (typeof what !== 'string')
    throw new SeparableError('argument', `the name of the file must be a text, ${received(what)}`)
  if (!(data instanceof Uint8Array))
    throw new SeparableError('argument', `${what}: the content must be a Uint8Array, ${received(data)}`)
}

/** Little-endian numbers and pieces of a file by their position; reading outside throws SeparableError (`data`). */
export class Bytes {
  readonly data: Uint8Array
  /** The name of the file, for messages. */
  readonly what: string
  readonly #view: DataView

  /** @throws SeparableError (`argument`) unless they are bytes, (`data`) when there are more than a file may have */
  constructor(data: Uint8Array, what: string) {
    checkBytes(what, data)
    if (data.length > MAX_FILE_BYTES) throw damaged(what, `is too large: at most ${MAX_FILE_BYTES} bytes`, data.length)
    this.data = data
    this.what = what
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  }

  get length(): number {
    return this.data.length
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#within(at, 1))
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#within(at, 2), true)
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#within(at, 4), true)
  }

  /** A 64-bit number that must be a size or position in a file. */
  u64(at: number): number {
    const value = this.#view.getBigUint64(this.#within(at, 8), true)
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    throw damaged(this.what, `is damaged: the number at byte ${at} is no size`, value)
  }

  /** A view on `count` bytes from `at`. */
  slice(at: number, count: number): Uint8Array {
    const begin = this.#within(at, count)
    return this.data.subarray(begin, begin + count)
  }

  /** The same bytes under the same name, cut to a part. */
  part(at: number, count: number): Bytes {
    return new Bytes(this.slice(at, count), this.what)
  }

  /** UTF-8, without what follows a NUL. */
  text(at: number, count: number): string {
    const bytes = this.slice(at, count)
    const end = bytes.indexOf(0)
    return decodeText(end < 0 ? bytes : bytes.subarray(0, end))
  }

  /** Whether these bytes stand at `at`. */
  startsWith(signature: readonly number[], at = 0): boolean {
    return at + signature.length <= this.length && signature.every((byte, i) => this.data[at + i] === byte)
  }

  #within(at: number, count: number): number {
    if (Number.isSafeInteger(at) && Number.isSafeInteger(count) && at >= 0 && count >= 0 && at + count <= this.length)
      return at
    throw damaged(this.what, `is damaged or cut off: it points at ${count} bytes from ${at}`, this.length)
  }
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** UTF-8; what is no UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/**
 * What a file may still make us allocate. Each array or unpacked entry is paid for before it is made, so that many entries
 * that point at the same bytes, or one that unpacks to gigabytes, are refused in time.
 */
export class Budget {
  readonly #what: string
  readonly #total: number
  #left: number

  constructor(what: string, total: number) {
    this.#what = what
    this.#total = total
    this.#left = total
  }

  /** @throws SeparableError (`data`) when the file asks for more than it may */
  spend(bytes: number): void {
    if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.#left) this.#left -= bytes
    else throw damaged(this.#what, `asks for more memory than a file of its size may (${this.#total} bytes)`, bytes)
  }
}
