/** @file The engine's one linear memory: a bump allocator that grows it, and typed views on it. */
import { received, SeparableError } from '../../base/errors.ts'

const PAGE = 65536
/** Address 0 stays unused, so that a forgotten pointer is seen. */
const FIRST_ADDRESS = 1024

/** 4 GiB where the engine reserves that much address space, else less. */
const MAX_PAGES = [65536, 32768, 16384, 8192]

export class EngineMemory {
  readonly memory: WebAssembly.Memory
  readonly maxPages: number
  readonly shared: boolean
  private top = FIRST_ADDRESS

  /** @param mayShare whether workers could use it; it is not shared either where that cannot be had */
  constructor(mayShare: boolean) {
    const { memory, maxPages, shared } = reserve(mayShare)
    this.shared = shared
    this.memory = memory
    this.maxPages = maxPages
  }

  /** Address of `bytes` fresh bytes, zero-filled, on a 64-byte boundary. */
  allocate(bytes: number): number {
    const address = Math.ceil(this.top / 64) * 64
    this.growTo(address + bytes)
    this.top = address + bytes
    return address
  }

  /** Makes the newest allocation bigger in place; false when something was allocated behind it. */
  extend(address: number, oldBytes: number, newBytes: number): boolean {
    if (address + oldBytes !== this.top) return false
    this.growTo(address + newBytes)
    this.top = address + newBytes
    return true
  }

  /** Views are made anew each time: growing replaces the buffer. */
  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length)
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length)
  }

  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length)
  }

  private growTo(bytes: number): void {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / PAGE)
    if (missing <= 0) return
    try {
      this.memory.grow(missing)
    } catch (cause) {
      throw new SeparableError(
        'unsupported',
        `not enough memory: this model and batch size need ${Math.ceil(bytes / 2 ** 20)} MiB, the engine can have ${this.maxPages / 16} MiB; try a smaller batch`,
        { cause },
      )
    }
  }
}

function reserve(mayShare: boolean): { memory: WebAssembly.Memory; maxPages: number; shared: boolean } {
  let reason: unknown
  for (const shared of mayShare ? [true, false] : [false])
    for (const maxPages of MAX_PAGES) {
      try {
        return { memory: new WebAssembly.Memory({ initial: 1, maximum: maxPages, shared }), maxPages, shared }
      } catch (cause) {
        reason = cause
      }
    }
  throw new SeparableError(
    'unsupported',
    `this machine cannot reserve memory for WebAssembly, ${received(String(reason))}`,
    { cause: reason },
  )
}
