/** @file The global heaps of HDF5, where texts of any length are kept (file format specification, section III.E). */
import { type Budget, type Bytes, damaged } from '../bytes.ts'
import { addressAt } from './header.ts'

/** A reference into a heap: length of the text, address of the heap, number of the object. */
export const HEAP_REFERENCE_BYTES = 16

const SIGNATURE = [0x47, 0x43, 0x4f, 0x4c]
const HEADER_BYTES = 16

interface Place {
  readonly at: number
  readonly length: number
}

/** The heaps of one file; each is indexed once. */
export class GlobalHeaps {
  readonly #file: Bytes
  readonly #budget: Budget
  readonly #heaps = new Map<number, ReadonlyMap<number, Place>>()

  /** @param budget pays for the bytes of each heap */
  constructor(file: Bytes, budget: Budget) {
    this.#file = file
    this.#budget = budget
  }

  /** The text that a reference points at. @throws SeparableError (`data`) when it points at nothing */
  text(reference: Bytes, at: number): string {
    const length = reference.u32(at)
    const address = addressAt(reference, at + 4)
    if (length === 0 || !address) return ''
    const heap = this.#heaps.get(address) ?? this.#index(address)
    this.#heaps.set(address, heap)
    const place = heap.get(reference.u32(at + 12))
    if (!place || place.length < length) throw damaged(this.#file.what, 'points at a text that is not there', length)
    return this.#file.text(place.at, length)
  }

  #index(address: number): ReadonlyMap<number, Place> {
    const file = this.#file
    if (!file.startsWith(SIGNATURE, address)) throw damaged(file.what, 'points at a text where none is', address)
    const size = file.u64(address + 8)
    this.#budget.spend(size)
    const end = address + file.slice(address, size).length
    const places = new Map<number, Place>()
    for (let object = address + HEADER_BYTES; object + HEADER_BYTES <= end; ) {
      const [number, length] = [file.u16(object), file.u64(object + 8)]
      if (number === 0) break // the free space at the end
      places.set(number, { at: object + HEADER_BYTES, length })
      object += HEADER_BYTES + 8 * Math.ceil(length / 8)
    }
    return places
  }
}
