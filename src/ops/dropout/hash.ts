/**
 * @file The random bits of dropout: a pure function of (seed, stream, image, element), so that they
 * depend neither on threads nor on the order of work. The reference calls these functions; the
 * kernel computes the same integers.
 *
 * The elements of an image see one stream of a splittable generator: Steele, Lea, Flood: "Fast
 * splittable pseudorandom number generators", OOPSLA 2014, in its 32-bit form. State and increment
 * of the stream are hashed from (seed, stream, image).
 */

/** Multipliers and shifts of `mix`, found by Wellons's search for 32-bit mixers of least bias (hash-prospector, 2018). */
export const MIX = { shifts: [16, 15, 15], factors: [0x21f0aaad, 0xd35a2d97] } as const

/** A bijection of 32-bit integers in which each input bit flips each output bit with probability 1/2. */
export function mix(x: number): number {
  let bits = Math.imul(x ^ (x >>> MIX.shifts[0]), MIX.factors[0])
  bits = Math.imul(bits ^ (bits >>> MIX.shifts[1]), MIX.factors[1])
  return bits ^ (bits >>> MIX.shifts[2])
}

/** Turns the state of a stream into its increment. */
export const INCREMENT_SALT = 0x9e3779b9

/** The stream of one image, all integers: `seed` counts steps, `stream` tells dropout layers apart. */
export function imageStream(seed: number, stream: number, image: number): { state: number; increment: number } {
  const state = mix(mix(mix(seed) ^ stream) ^ image)
  return { state, increment: mix(state ^ INCREMENT_SALT) | 1 }
}

/** 24 random bits for element `element` (row-major within its image, without padding). */
export function elementBits({ state, increment }: { state: number; increment: number }, element: number): number {
  return mix(state + Math.imul(element, increment)) >>> 8
}

/** An element is kept when its bits are at least this; it is dropped with probability `rate`. */
export function keepThreshold(rate: number): number {
  return Math.round(rate * 2 ** 24)
}
