/** @file What a reference kernel is. */
import type { Attrs } from '../ir/node.ts'
import type { Shape } from '../tensor/ndarray.ts'

export interface RefArray {
  readonly data: Float64Array
  readonly shape: Shape
}

/** Naive f64 loops over plain row-major arrays: the oracle. Shares no helper with the kernels. */
export type ReferenceKernel = (inputs: readonly RefArray[], attrs: Attrs, out: Shape) => Float64Array
