/** @file Room for examples where the threads that compute can read them by themselves. */

import { received, SeparableError } from '../base/errors.ts'

/** More than typed arrays hold on any engine of today. */
const MAX_BYTES = 2 ** 33

/**
 * Bytes (zeros) in shared memory where there is some (Node, cross-origin isolated pages), otherwise in ordinary memory.
 * `fit` hands pictures [N,H,W,C] in shared memory to its threads, which pick those of a batch; ordinary ones are picked by
 * the thread that called.
 * @throws SeparableError (`argument`) when the length is no number of bytes
 */
export function sharedBytes(length: number): Uint8Array {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BYTES)
    throw new SeparableError(
      'argument',
      `sharedBytes: the length must be an integer from 0 to 2^33, ${received(length)}`,
    )
  const isShared = typeof SharedArrayBuffer === 'function'
  return new Uint8Array(isShared ? new SharedArrayBuffer(length) : new ArrayBuffer(length))
}
