/** @file A file under construction: little-endian numbers and pieces, put together once at the end. */

import { copyInto } from '../../base/join.ts'
import type { Steps } from '../../base/steps.ts'

export function pad8(length: number): number {
  return 8 * Math.ceil(length / 8)
}

export class BytesOut {
  readonly #pieces: { at: number; bytes: Uint8Array }[] = []
  #length: number

  /** @param reserved bytes left free at the beginning, for `place` */
  constructor(reserved = 0) {
    this.#length = reserved
  }

  get length(): number {
    return this.#length
  }

  bytes(bytes: Uint8Array | readonly number[]): this {
    const piece = bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes)
    this.#pieces.push({ at: this.#length, bytes: piece })
    this.#length += piece.length
    return this
  }

  text(ascii: string): this {
    return this.bytes(Array.from(ascii, (letter) => letter.charCodeAt(0)))
  }

  u16(value: number): this {
    return this.bytes([value & 255, value >> 8])
  }

  u32(value: number): this {
    return this.bytes(new Uint8Array(Uint32Array.of(value).buffer))
  }

  u64(value: number | bigint): this {
    return this.bytes(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer))
  }

  zeros(count: number): this {
    this.#length += count
    return this
  }

  /** Fills up to a multiple of 8 bytes. */
  align(): this {
    return this.zeros(pad8(this.#length) - this.#length)
  }

  /** Appends a part of a file, aligned, and returns where it begins. It may still be changed until `finish`. */
  add(bytes: Uint8Array): number {
    const at = this.align().length
    this.bytes(bytes)
    return at
  }

  /** Puts bytes where room was left. */
  place(at: number, bytes: Uint8Array): void {
    this.#pieces.push({ at, bytes })
  }

  /** The same as `finish`, in steps. */
  *finishSteps(): Steps<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(this.#length)
    for (const { at, bytes } of this.#pieces) yield* copyInto(whole, at, bytes)
    return whole
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length)
    for (const { at, bytes } of this.#pieces) whole.set(bytes, at)
    return whole
  }
}
