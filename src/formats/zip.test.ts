/** @file Zip archives: what comes out goes in, and what must not come out does not. */
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../base/crc32.ts'
import { readZip, writeZip } from './zip.ts'

const text = (content: string) => new TextEncoder().encode(content)
const files = new Map([
  ['a.txt', text('first')],
  ['folder/b', text('')],
])

/** An archive of one entry that is packed, and says that it unpacks to `size` bytes. */
function deflated(content: Uint8Array, size = content.length): Uint8Array {
  const archive = writeZip(new Map([['packed', deflateRawSync(content)]]))
  const view = new DataView(archive.buffer)
  const entry = view.getUint32(archive.length - 6, true)
  view.setUint16(entry + 10, 8, true)
  view.setUint32(entry + 16, crc32(content), true)
  view.setUint32(entry + 24, size, true)
  return archive
}

/** The archive with a number at a position from its end record or its first directory entry changed. */
function changed(place: 'end' | 'directory', offset: number, value: number): Uint8Array {
  const archive = writeZip(files)
  const view = new DataView(archive.buffer)
  const end = archive.length - 22
  view.setUint16((place === 'end' ? end : view.getUint32(end + 16, true)) + offset, value, true)
  return archive
}

describe('zip', () => {
  it('reads what it writes; the same files make the same bytes', () => {
    expect(readZip(writeZip(files))).toEqual(files)
    expect(writeZip(files)).toEqual(writeZip(files))
  })

  it('unpacks deflated entries and leaves out folders', () => {
    const long = text('separable '.repeat(1000))
    expect(readZip(deflated(long))).toEqual(new Map([['packed', long]]))
    expect(readZip(writeZip(new Map([['folder/', new Uint8Array(0)], ...files])))).toEqual(files)
  })

  it.each([
    [changed('end', 10, 20_000), 'data', 'has too many entries: at most 10000, received: 20000'],
    [changed('directory', 8, 1), 'unsupported', 'holds an encrypted entry, received: "a.txt"'],
    [changed('directory', 10, 9), 'unsupported', 'a.txt is packed in a way that is not known, received: 9'],
    [changed('directory', 16, 0), 'data', 'a.txt is damaged: its checksum is wrong'],
    [changed('directory', 24, 4), 'data', 'a.txt should have 4 bytes, received: 5'],
    [changed('directory', 26, 0xfff), 'data', 'asks for more memory than a file of its size may'],
    [writeZip(files).subarray(0, -1), 'data', 'is no zip archive, or it is cut off'],
    [new Uint8Array(0), 'data', 'is no zip archive, or it is cut off'],
  ])('refuses damaged archives', (archive, code, message) => {
    expect(() => readZip(archive, 'x.zip')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('refuses an entry that unpacks to more than it says', () => {
    expect(() => readZip(deflated(new Uint8Array(1_000_000), 1000))).toThrow(
      'zip archive: packed cannot be unpacked: it is longer than 1000 bytes',
    )
  })
})
