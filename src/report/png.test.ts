/** @file Checks PNG files against Node's own zlib. */
import { crc32, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { NdArray } from '../tensor/ndarray.ts'
import { encodePng, pngDataUri } from './png.ts'

interface Chunk {
  type: string
  body: Buffer
}

/** Reads a PNG with Node's own zlib and checks every sum on the way. */
function decode(png: Uint8Array): { chunks: Chunk[]; pixels: Buffer } {
  const file = Buffer.from(png)
  expect(file.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n')
  const chunks: Chunk[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const body = file.subarray(at + 8, at + 8 + file.readUInt32BE(at))
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), body })
    if (crc32) expect(file.readUInt32BE(at + 8 + body.length)).toBe(crc32(file.subarray(at + 4, at + 8 + body.length)))
  }
  return { chunks, pixels: inflateSync(chunks.find(({ type }) => type === 'IDAT')?.body as Buffer) }
}

test.each([
  { shape: [28, 28, 1], colorType: 0 },
  { shape: [3, 5, 3], colorType: 2 },
  { shape: [200, 150, 3], colorType: 2 }, // more than one stored block
])('$shape comes back', ({ shape, colorType }) => {
  const [height = 0, width = 0, channels = 0] = shape
  const data = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37 + (i >> 8)) & 255)
  const { chunks, pixels } = decode(encodePng(new NdArray(data, shape)))
  expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'IEND'])
  expect([...(chunks[0] as Chunk).body]).toEqual([0, 0, 0, width, 0, 0, 0, height, 8, colorType, 0, 0, 0])
  const stride = width * channels
  const rows = Array.from({ length: height }, (_, y) => pixels.subarray(y * (stride + 1), (y + 1) * (stride + 1)))
  expect(rows.every((row) => row[0] === 0)).toBe(true)
  expect(Buffer.concat(rows.map((row) => row.subarray(1))).equals(data)).toBe(true)
})

test('a data URI holds the same bytes', () => {
  const picture = new NdArray(Uint8Array.of(1, 2, 3), [1, 1, 3])
  const [head, body] = pngDataUri(picture).split(',')
  expect(head).toBe('data:image/png;base64')
  expect(Buffer.from(body as string, 'base64').equals(encodePng(picture))).toBe(true)
})

test.each([[[2, 2]], [[1, 1, 2, 2]], [[2, 1, 2]]])('the shape %j is refused', (shape) => {
  const data = new Uint8Array(shape.reduce((product, n) => product * n, 1))
  expect(() => encodePng(new NdArray(data, shape))).toThrow(
    `encodePng: a picture must be [height, width, 1 or 3], received: "[${shape.join(', ')}]"`,
  )
})
