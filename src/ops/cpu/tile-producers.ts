/** @file The ops with the trait `tileSource`, by name: what products may recompute a tile of rows of. */
import { dwconv2dTiles } from '../dwconv2d/cpu.ts'
import type { KernelCall, TileSource } from './contract.ts'
import { computedRows, type RowSource } from './product/row-source.ts'

const tileSources: { readonly [op: string]: TileSource } = { dwconv2d: dwconv2dTiles }

/** The rows of the call's `source`, computed tile by tile; undefined when the call has none. */
export function sourceRows({ source, machine }: Pick<KernelCall, 'source' | 'machine'>): RowSource | undefined {
  return source && computedRows(tileSources[source.op.name], source, machine)
}
