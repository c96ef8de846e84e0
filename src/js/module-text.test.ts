/** @file Binary data in the text of an exported module. */
import { expect, it } from 'vitest'
import { atOnce } from '../base/steps.ts'
import { base64 } from './module-text.ts'

it.each([0, 1, 2, 3, 4, 5, 1000, 786_431, 786_432, 786_433, 1_572_865])(
  'base64 of %i bytes is that of btoa',
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => 7 * i + (i >> 8))
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
    expect(atOnce(base64(bytes)) === btoa(text)).toBe(true)
  },
)
