/** @file The ops with the trait `tileSource`, by name: what products may recompute a tile of rows of. */
import type { TileSource } from './kernel.ts'

export const tileSources: { readonly [op: string]: TileSource } = {}
