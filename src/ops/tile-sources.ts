/** @file The ops with the trait `tileSource`, by name: what products may recompute a tile of rows of. */
import { dwconv2dTiles } from './dwconv2d/wasm.ts'
import type { KernelCall, TileSource } from './kernel.ts'
import { computedRows, type RowSource, storedRows } from './product/rows.ts'

const tileSources: { readonly [op: string]: TileSource } = { dwconv2d: dwconv2dTiles }

/** The operand that a call reads tile by tile: recomputed by the call's `source`, or stored. */
export function tiledRows({ source, node, machine }: Pick<KernelCall, 'node' | 'source' | 'machine'>): RowSource {
  return source ? computedRows(tileSources[source.op.name], source, machine) : storedRows(node.inputs[0], machine)
}
