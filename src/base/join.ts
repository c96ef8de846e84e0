/** @file Arrays of numbers, one after the other. */

import { STEP_BYTES, type Steps } from './steps.ts'

/** The same as `joinBytes`, in steps. */
export function* joinSteps(pieces: readonly Uint8Array[]): Steps<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(lengthOf(pieces))
  let at = 0
  for (const piece of pieces) {
    yield* copyInto(whole, at, piece)
    at += piece.length
  }
  return whole
}

/** Copies bytes to a place, in steps. */
export function* copyInto(whole: Uint8Array, at: number, piece: Uint8Array): Steps<void> {
  for (let from = 0; from < piece.length; from += STEP_BYTES) {
    whole.set(piece.subarray(from, from + STEP_BYTES), at + from)
    if (piece.length > STEP_BYTES) yield
  }
}

/** @param pieces numbers of 0 to 255, or arrays of them */
export function joinBytes(pieces: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(pieces))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function lengthOf(pieces: readonly ArrayLike<number>[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}
