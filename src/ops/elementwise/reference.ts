/** @file References of the elementwise ops, made from their rows. */
import { sizeOf } from '../../tensor/ndarray.ts'
import type { ReferenceKernel } from '../reference-kernel.ts'
import { type ElementwiseName, elementwiseRows } from './table.ts'

/** Operands that repeat are [C] or [1] along the last axis, so element i is number i modulo their size. */
function referenceOf(name: ElementwiseName): ReferenceKernel {
  const { ref } = elementwiseRows[name]
  return ([a, b = a], attrs, out) =>
    new Float64Array(sizeOf(out)).map((_, i) => ref(a.data[i % a.data.length], b.data[i % b.data.length], attrs))
}

export const elementwiseReferences = Object.fromEntries(
  (Object.keys(elementwiseRows) as ElementwiseName[]).map((name) => [name, referenceOf(name)]),
) as Record<ElementwiseName, ReferenceKernel>
