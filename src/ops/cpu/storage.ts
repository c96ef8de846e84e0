/** @file How values lie in the memory of a CPU backend. */
import { itemShape, type TensorType } from '../../ir/node.ts'
import { type DType, sizeOf } from '../../tensor/ndarray.ts'

/**
 * How a value lies in memory: `rows` rows of `cols` elements, `pitch` elements apart. f32 and i32
 * rows are padded to whole vectors of four; padding holds anything and must never reach a real
 * element. u8 rows are not padded. For a batched value this describes one image; images follow
 * each other without gaps.
 */
export interface Storage {
  readonly rows: number
  readonly cols: number
  readonly pitch: number
  readonly dtype: DType
  readonly bytes: number
}

export function storageOf(type: TensorType): Storage {
  const shape = itemShape(type)
  const cols = shape.length ? (shape[shape.length - 1] as number) : 1
  const rows = sizeOf(shape.slice(0, -1))
  const pitch = type.dtype === 'u8' ? cols : Math.ceil(cols / 4) * 4
  return { rows, cols, pitch, dtype: type.dtype, bytes: rows * pitch * (type.dtype === 'u8' ? 1 : 4) }
}
