/** @file The pixels around a point of a picture, with their shares in its value: what resizing and affine maps read and write. */
import { f32x4, type I32, i32, type Local, type V128 } from '../../codegen/expr.ts'
import type { FunctionBuilder } from '../../codegen/module.ts'

/** A neighbour along one axis: where it is, in bytes, and its share; absent for 1. */
export interface Neighbour {
  readonly at: Local<'i32'>
  readonly share?: Local<'v128'>
}

/** One or two; of two each has a share. */
export type Neighbours = readonly Neighbour[]

export interface Corners {
  readonly rows: Neighbours
  readonly columns: Neighbours
  /** Bytes from the first channel. */
  readonly channel: I32
}

/** The sum of all neighbours times their shares, along the columns and then along the rows. */
export function interpolate(
  f: FunctionBuilder,
  { rows, columns, channel }: Corners,
  load: (corner: I32) => V128,
): V128 {
  const sum = (neighbours: Neighbours, valueAt: (neighbour: Neighbour) => V128): V128 => {
    const [first, second] = neighbours
    const nearest = first.share ? f32x4.mul(valueAt(first), first.share) : valueAt(first)
    if (!second?.share) return nearest
    return f.module.madd(valueAt(second), second.share, nearest)
  }
  return sum(rows, (row) => sum(columns, (column) => load(i32.add(i32.add(row.at, column.at), channel))))
}

/** Each corner with what it gets of a pixel. */
export function sharesOf({
  rows,
  columns,
  channel,
}: Corners): { readonly offset: I32; readonly share: V128 | undefined }[] {
  return rows.flatMap((row) =>
    columns.map((column) => ({
      offset: i32.add(i32.add(row.at, column.at), channel),
      share: row.share && column.share ? f32x4.mul(row.share, column.share) : (row.share ?? column.share),
    })),
  )
}
