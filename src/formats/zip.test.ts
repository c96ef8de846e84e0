/** @file Zip archives: what comes out goes in, and what must not come out does not. */
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readZip, writeZip } from './zip.ts'

const text = (content: string) => new TextEncoder().encode(content)
const files = new Map([
  ['a.txt', text('first')],
  ['folder/b', text('')],
])

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
    const archive = zipSync({ folder: { long } }, { level: 9 })
    expect(readZip(archive)).toEqual(new Map([['folder/long', long]]))
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
    const bomb = zipSync({ zeros: new Uint8Array(1_000_000) }, { level: 9 })
    const view = new DataView(bomb.buffer)
    view.setUint32(view.getUint32(bomb.length - 6, true) + 24, 1000, true)
    expect(() => readZip(bomb)).toThrow(expect.objectContaining({ code: 'data' }))
  })
})
