/**
 * @file Examples in shared memory go straight from there to the kernels: each worker copies its share of a batch, at the
 * beginning of a step. Here is what they are told.
 */
import type { Storage } from '../../ops/cpu/storage.ts'
import type { TypedArray } from '../../tensor/ndarray.ts'
import type { Items } from '../engine.ts'
import type { EngineMemory } from './memory.ts'

/** Words before the inputs (images, inputs) and for each input (source, offset, size, destination, order), as in `worker.js`. */
const HEADER = 2
const INPUT_WORDS = 5

/** Items of one input that are to be copied. */
export interface Gathering {
  readonly buffer: SharedArrayBuffer
  /** Bytes from the start of the buffer to item 0, and of an item. */
  readonly offset: number
  readonly size: number
  /** Address of the first item of the batch. */
  readonly destination: number
  /** Address of the numbers of the items. */
  readonly order: number
}

/** Whether threads can copy the items byte by byte from where they are. */
export function canGather({ data }: Items, { cols, pitch, dtype }: Storage): boolean {
  const fits = data.BYTES_PER_ELEMENT === (dtype === 'u8' ? 1 : 4)
  return cols === pitch && fits && isShared(data)
}

function isShared(data: TypedArray): data is TypedArray & { readonly buffer: SharedArrayBuffer } {
  return typeof SharedArrayBuffer === 'function' && (data.buffer as ArrayBufferLike) instanceof SharedArrayBuffer
}

/** Where descriptions of what to gather are written. */
export class GatherSpace {
  private readonly memory: EngineMemory
  private readonly address: number
  /** For each slot, for each input, room for the numbers of a batch. */
  private readonly orders: readonly (readonly number[])[]

  constructor(memory: EngineMemory, slots: number, inputs: number, batch: number) {
    this.memory = memory
    this.address = memory.allocate(4 * (HEADER + INPUT_WORDS * inputs))
    const room = () => memory.allocate(4 * batch)
    this.orders = Array.from({ length: slots }, () => Array.from({ length: inputs }, room))
  }

  /** Notes the order of an input's items at once; the copying is left for later. */
  note({ data, order }: Items, { bytes }: Storage, slot: number, input: number, destination: number): Gathering {
    const address = this.orders[slot]?.[input] as number
    new Uint32Array(this.memory.memory.buffer, address, order.length).set(order)
    const buffer = data.buffer as ArrayBufferLike as SharedArrayBuffer
    return { buffer, offset: data.byteOffset, size: bytes, destination, order: address }
  }

  /** Describes what a job has to gather first; returns the address of the description, 0 when there is nothing. */
  describe(gatherings: readonly (Gathering & { readonly source: number })[], count: number): number {
    if (gatherings.length === 0) return 0
    const words = this.memory.i32(this.address, HEADER + INPUT_WORDS * gatherings.length)
    words.set([count, gatherings.length])
    gatherings.forEach(({ source, offset, size, destination, order }, i) => {
      words.set([source, offset, size, destination, order], HEADER + INPUT_WORDS * i)
    })
    return this.address
  }
}
