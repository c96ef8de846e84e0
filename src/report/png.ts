/**
 * @file A minimal PNG writer (PNG specification, third edition) for the small pictures of a report. The pixels go into
 * stored, uncompressed zlib blocks: that stays synchronous, and the pictures are a few kilobytes.
 */
import { crc32 } from '../base/crc32.ts'
import { received, SeparableError } from '../base/errors.ts'
import { joinBytes } from '../base/join.ts'
import { type NdArray, showShape } from '../tensor/ndarray.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const COLOR_TYPE: Readonly<Record<number, number>> = { 1: 0, 3: 2 }
const LARGEST_STORED_BLOCK = 65535

/**
 * A picture as a PNG file.
 * @param picture u8 [H,W,1] grey or [H,W,3] red, green, blue
 * @throws SeparableError (`shape`) for any other shape
 */
export function encodePng(picture: NdArray<Uint8Array>): Uint8Array {
  const [height = 0, width = 0, channels = 0] = picture.shape
  const colorType = COLOR_TYPE[channels]
  if (picture.shape.length !== 3 || colorType === undefined || height * width === 0)
    throw new SeparableError(
      'shape',
      `encodePng: a picture must be [height, width, 1 or 3], ${received(showShape(picture.shape))}`,
    )
  const header = [...bigEndian(width), ...bigEndian(height), 8, colorType, 0, 0, 0]
  const rows = filteredRows(picture.data, height, width * channels)
  return joinBytes([SIGNATURE, chunk('IHDR', header), chunk('IDAT', zlibStored(rows)), chunk('IEND', [])])
}

/** The picture as a `data:` URI for an `<img>`; shapes and errors as for `encodePng`. */
export function pngDataUri(picture: NdArray<Uint8Array>): string {
  const characters = Array.from(encodePng(picture), (byte) => String.fromCharCode(byte))
  return `data:image/png;base64,${btoa(characters.join(''))}`
}

/** Each row is preceded by its filter, 0 for none. */
function filteredRows(pixels: Uint8Array, height: number, stride: number): Uint8Array {
  const rows = new Uint8Array(height * (stride + 1))
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  return rows
}

function chunk(type: string, body: ArrayLike<number>): Uint8Array {
  const typed = joinBytes([Array.from(type, (letter) => letter.charCodeAt(0)), body])
  return joinBytes([bigEndian(body.length), typed, bigEndian(crc32(typed))])
}

function zlibStored(bytes: Uint8Array): Uint8Array {
  const parts: ArrayLike<number>[] = [[0x78, 0x01]]
  for (let begin = 0; begin < bytes.length; begin += LARGEST_STORED_BLOCK) {
    const block = bytes.subarray(begin, begin + LARGEST_STORED_BLOCK)
    const last = begin + block.length === bytes.length ? 1 : 0
    const [low, high] = [block.length & 255, block.length >> 8]
    parts.push([last, low, high, low ^ 255, high ^ 255], block)
  }
  return joinBytes([...parts, bigEndian(adler32(bytes))])
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return ((b << 16) | a) >>> 0
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}
