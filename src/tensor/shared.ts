/** @file Room for examples where the threads that compute can read them by themselves. */

/**
 * Bytes (zeros) in shared memory where there is some (Node, cross-origin isolated pages), otherwise in ordinary memory.
 * `fit` hands pictures [N,H,W,C] in shared memory to its threads, which pick those of a batch; ordinary ones are picked by
 * the thread that called.
 */
export function sharedBytes(length: number): Uint8Array {
  const isShared = typeof SharedArrayBuffer === 'function'
  return new Uint8Array(isShared ? new SharedArrayBuffer(length) : new ArrayBuffer(length))
}
