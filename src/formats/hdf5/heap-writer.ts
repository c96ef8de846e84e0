/** @file Global heaps for the texts of attributes (HDF5 file format specification, section III.E). */
import { encodeText } from '../bytes.ts'
import { BytesOut, pad8 } from './bytes-out.ts'

const HEADER_BYTES = 16
const SMALLEST_HEAP = 4096
const MOST_OBJECTS = 0xffff

interface Heap {
  readonly address: number
  readonly bytes: Uint8Array
  used: number
  count: number
}

/** Fills one heap after the other; a long text gets one of its own size. */
export class HeapWriter {
  readonly #out: BytesOut
  #open: Heap | undefined

  constructor(out: BytesOut) {
    this.#out = out
  }

  /** Keeps a text and returns the reference to it. */
  add(text: string): Uint8Array {
    const bytes = encodeText(text)
    const needed = HEADER_BYTES + pad8(bytes.length)
    const heap = this.#withRoom(needed)
    heap.count += 1
    heap.bytes.set(objectHeader(heap.count, bytes.length), heap.used)
    heap.bytes.set(bytes, heap.used + HEADER_BYTES)
    heap.used += needed
    return new BytesOut().u32(bytes.length).u64(heap.address).u32(heap.count).finish()
  }

  /** Marks what is left of the last heap as free. */
  close(): void {
    const { bytes, used } = this.#open ?? { bytes: new Uint8Array(0), used: 0 }
    const free = bytes.length - used
    if (free >= HEADER_BYTES) bytes.set(objectHeader(0, free), used)
    this.#open = undefined
  }

  #withRoom(needed: number): Heap {
    const open = this.#open
    if (open && open.used + needed <= open.bytes.length && open.count < MOST_OBJECTS) return open
    this.close()
    const size = Math.max(SMALLEST_HEAP, HEADER_BYTES + needed)
    const bytes = new Uint8Array(size)
    bytes.set(new BytesOut().text('GCOL').bytes([1, 0, 0, 0]).u64(size).finish())
    this.#open = { address: this.#out.add(bytes), bytes, used: HEADER_BYTES, count: 0 }
    return this.#open
  }
}

/** Free space counts its header as part of its size, texts do not; nothing but an attribute refers to a text. */
function objectHeader(number: number, size: number): Uint8Array {
  return new BytesOut()
    .u16(number)
    .u16(number === 0 ? 0 : 1)
    .u32(0)
    .u64(size)
    .finish()
}
