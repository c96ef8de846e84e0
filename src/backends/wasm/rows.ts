/** @file Traffic between JavaScript arrays and the linear memory, where rows are padded to whole vectors. */
import type { Storage } from '../../ops/cpu/storage.ts'
import type { DType, TypedArray } from '../../tensor/ndarray.ts'
import type { Items } from '../engine.ts'
import type { EngineMemory } from './memory.ts'

function view(memory: EngineMemory, dtype: DType, address: number, length: number): TypedArray {
  if (dtype === 'u8') return memory.u8(address, length)
  return dtype === 'i32' ? memory.i32(address, length) : memory.f32(address, length)
}

/** Copies rows into place, leaving their padding as it is. */
export function copyIn(
  memory: EngineMemory,
  address: number,
  { rows, cols, pitch, dtype }: Storage,
  items: number,
  data: ArrayLike<number>,
): void {
  const length = items * rows * pitch
  const to = view(memory, dtype, address, length)
  if (cols === pitch) to.set(data)
  else
    for (let row = 0, from = 0; row < length; row += pitch)
      for (let col = 0; col < cols; col++) to[row + col] = data[from++] as number
}

/** Copies some items of an array into place, in this order. */
export function copyItemsIn(
  memory: EngineMemory,
  address: number,
  storage: Storage,
  { data, size, order }: Items,
): void {
  order.forEach((item, k) => {
    const values = data.subarray(item * size, (item + 1) * size)
    copyIn(memory, address + k * storage.bytes, storage, 1, values)
  })
}

/** Copies rows out, dropping their padding. */
export function copyOut(
  memory: EngineMemory,
  address: number,
  { rows, cols, pitch, dtype }: Storage,
  items: number,
): Float32Array<ArrayBuffer> {
  const from = view(memory, dtype, address, items * rows * pitch)
  if (cols === pitch) return new Float32Array(from)
  const out = new Float32Array(items * rows * cols)
  for (let row = 0, to = 0; row < from.length; row += pitch)
    for (let col = 0; col < cols; col++) out[to++] = from[row + col] as number
  return out
}
