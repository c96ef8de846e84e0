/** @file Several kernels for one op, each for the calls it can do: their variants are candidates side by side. */
import { invariant } from '../../base/errors.ts'
import type { CpuKernel, KernelCall } from './contract.ts'

/** Best guess first. A kernel that cannot do a call returns no variants; the last one must take every call. */
export function alternatives(...kernels: readonly CpuKernel[]): CpuKernel {
  const chosen = (call: KernelCall): CpuKernel => {
    const kernel = kernels.find((each) => each.variants(call).includes(call.variant))
    invariant(kernel, `${call.node.op.name} has no variant ${call.variant} for this call`)
    return kernel
  }
  return {
    variants: (call) => kernels.flatMap((kernel) => kernel.variants(call)),
    pack: (call) => chosen(call).pack?.(call) ?? {},
    scratchBytes: (call) => chosen(call).scratchBytes?.(call) ?? 0,
    shardImages: (call) => chosen(call).shardImages?.(call),
    likedImages: (call) => chosen(call).likedImages?.(call),
    pieces: (call) => chosen(call).pieces?.(call) ?? 1,
    units: (call) => chosen(call).units?.(call) ?? 1,
    emit: (f, params, call) => chosen(call).emit(f, params, call),
  }
}
