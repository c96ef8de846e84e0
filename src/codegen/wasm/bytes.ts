/** @file A growing byte buffer with the LEB128 encodings of the WebAssembly binary format. */

export class Bytes {
  private buffer = new Uint8Array(1024)
  length = 0

  u8(...values: number[]): this {
    this.reserve(values.length)
    for (const value of values) this.buffer[this.length++] = value
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
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, value, true)
    return this.append(new Uint8Array(view.buffer))
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
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + extra))
    grown.set(this.view())
    this.buffer = grown
  }
}
