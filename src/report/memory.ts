/** @file Where memory goes, as a table: one row for each purpose, one column for each thing that is done. */
import { MISSING, memorySize } from './format.ts'
import type { Table } from './table.ts'

/** What each kind of memory is called; rows come in this order. */
const ROWS: readonly (readonly [kind: string, name: string])[] = [
  ['weights', 'weights'],
  ['slots', "optimizer's slots"],
  ['prepared', 'weights as kernels want them'],
  ['sums', 'gradients and partial sums'],
  ['batch', 'values of the whole batch'],
  ['shard', 'values of the images at work'],
  ['scratch', 'scratch of kernels'],
  ['inputs', 'batches fed'],
  ['code', 'compiled kernels'],
  ['arrays', 'weights as arrays'],
  ['examples', 'examples'],
  ['runtime', 'runtime and library, measured'],
]

export interface MemoryColumn {
  /** `Training` */
  readonly title: string
  /** Kinds may repeat. */
  readonly parts: readonly { readonly kind: string; readonly bytes: number }[]
}

/** Rows without memory are left out; the last row is the sum. */
export function memoryTable(caption: string, columns: readonly MemoryColumn[]): Table {
  const sum = ({ parts }: MemoryColumn, counts: (kind: string) => boolean) =>
    parts.reduce((bytes, part) => (counts(part.kind) ? bytes + part.bytes : bytes), 0)
  const row = (name: string, counts: (kind: string) => boolean) => {
    const sums = columns.map((column) => sum(column, counts))
    return {
      used: sums.some((bytes) => bytes > 0),
      cells: [name, ...sums.map((b) => (b > 0 ? memorySize(b) : MISSING))],
    }
  }
  const rows = ROWS.map(([kind, name]) => row(name, (other) => other === kind)).filter(({ used }) => used)
  return {
    caption,
    columns: ['Memory', ...columns.map(({ title }) => title)],
    rows: [...rows, row('peak', () => true)].map(({ cells }) => cells),
  }
}
