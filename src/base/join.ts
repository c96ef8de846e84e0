/** @file Arrays of numbers, one after the other. */

/** @param pieces numbers of 0 to 255, or arrays of them */
export function joinBytes(pieces: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  return fill(new Uint8Array(lengthOf(pieces)), pieces)
}

export function joinFloats(pieces: readonly ArrayLike<number>[]): Float32Array<ArrayBuffer> {
  return fill(new Float32Array(lengthOf(pieces)), pieces)
}

function lengthOf(pieces: readonly ArrayLike<number>[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

function fill<A extends Uint8Array | Float32Array>(whole: A, pieces: readonly ArrayLike<number>[]): A {
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
