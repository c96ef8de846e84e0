/** @file The checksum of zip archives and PNG files (ISO 3309, the polynomial of Ethernet). */

import { atOnce, STEP_BYTES, type Steps } from './steps.ts'

/** Four tables, so that four bytes are taken at once: table k is what a byte does k bytes later. */
const TABLES = Array.from({ length: 4 }, () => new Uint32Array(256))
const [FIRST, SECOND, THIRD, FOURTH] = TABLES
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  FIRST[byte] = remainder
}
for (let table = 1; table < 4; table++)
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[table - 1][byte]
    TABLES[table][byte] = FIRST[before & 255] ^ (before >>> 8)
  }

/** An unsigned number of 32 bits. */
export function crc32(bytes: Uint8Array): number {
  return atOnce(crc32Steps(bytes))
}

/** The same, in steps. */
export function* crc32Steps(bytes: Uint8Array): Steps<number> {
  let remainder = 0xffffffff
  for (let from = 0; from < bytes.length; from += STEP_BYTES) {
    if (from > 0) yield
    remainder = advanced(remainder, bytes, from, Math.min(from + STEP_BYTES, bytes.length))
  }
  return ~remainder >>> 0
}

function advanced(before: number, bytes: Uint8Array, from: number, end: number): number {
  let remainder = before
  let i = from
  for (; i + 4 <= end; i += 4) {
    const x = remainder ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    remainder = FOURTH[x & 255] ^ THIRD[(x >>> 8) & 255] ^ SECOND[(x >>> 16) & 255] ^ FIRST[x >>> 24]
  }
  for (; i < end; i++) remainder = FIRST[(remainder ^ bytes[i]) & 255] ^ (remainder >>> 8)
  return remainder
}
