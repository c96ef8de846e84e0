/** @file A growing byte buffer with the LEB128 encodings of the WebAssembly binary format. */

/** V8 keeps arrays up to this size on its own heap, where making them costs little. */
const SMALL = 64

const NUMBER = new DataView(new ArrayBuffer(4))
const NUMBER_BYTES = new Uint8Array(NUMBER.buffer)

export class Bytes {
  private buffer = new Uint8Array(SMALL)
  length = 0

  u8(value: number): this {
    this.reserve(1)
    this.buffer[this.length++] = value
    return this
  }

  all(values: ArrayLike<number>): this {
    this.reserve(values.length)
    for (let i = 0; i < values.length; i++) this.buffer[this.length++] = values[i] as number
    return this
  }

  /** Unsigned LEB128, up to 32 bits. */
  uleb(value: number): this {
    this.reserve(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.length++] = rest
    return this
  }

  /** Signed LEB128, 32 bits. */
  sleb(value: number): this {
    this.reserve(5)
    let rest = value | 0
    for (;;) {
      const byte = rest & 0x7f
      rest >>= 7
      const done = (rest === 0 && !(byte & 0x40)) || (rest === -1 && (byte & 0x40) !== 0)
      this.buffer[this.length++] = done ? byte : byte | 0x80
      if (done) return this
    }
  }

  f32(value: number): this {
    NUMBER.setFloat32(0, value, true)
    return this.all(NUMBER_BYTES)
  }

  /** A length-prefixed UTF-8 string. */
  name(text: string): this {
    const utf8 = new TextEncoder().encode(text)
    return this.uleb(utf8.length).append(utf8)
  }

  append(bytes: Uint8Array): this {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
    return this
  }

  /** A view, valid until the next write. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 4, this.length + extra))
    grown.set(this.view())
    this.buffer = grown
  }
}
