/** @file Reshaping in f64: plain row-major arrays stay as they are. */
import type { ReferenceKernel } from '../reference-kernel.ts'

export const reshapeReference: ReferenceKernel = ([x]) => x.data.slice()
