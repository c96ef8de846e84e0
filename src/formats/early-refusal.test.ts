/** @file Files are refused by what they must be, signature, sizes and counts, before the work begins: little is made of them. */
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { HDF5_SIGNATURE } from './hdf5/read.ts'
import { parseJsonObject } from './json.ts'
import { readKerasArchive } from './keras/archive.ts'
import { readNpz } from './npy.ts'
import { readZip, writeZip } from './zip.ts'

/** An archive whose entries are deflated, from what they unpack to. Checksums are left wrong: nobody gets so far. */
function deflated(files: { readonly [name: string]: Uint8Array }): Uint8Array {
  const packed = Object.entries(files).map(
    ([name, content]) => [name, new Uint8Array(deflateRawSync(content))] as const,
  )
  const zip = writeZip(new Map(packed))
  const view = new DataView(zip.buffer)
  const sizes = Object.values(files).map(({ length }) => length)
  for (const [signature, methodAt, sizeAt] of [
    [0x04034b50, 8, 22],
    [0x02014b50, 10, 24],
  ]) {
    let entry = 0
    for (let at = 0; at + 4 <= zip.length && entry < sizes.length; at++)
      if (view.getUint32(at, true) === signature) {
        view.setUint16(at + methodAt, 8, true)
        view.setUint32(at + sizeAt, sizes[entry++], true)
      }
  }
  return zip
}

const text = (value: string) => new TextEncoder().encode(value)
const zeros = (bytes: number, begin: readonly number[] = []) => {
  const content = new Uint8Array(bytes)
  content.set(begin)
  return content
}
const JSONS = { 'metadata.json': text('{}'), 'config.json': text('{}') }

describe('a .keras file', () => {
  it('whose weights are no HDF5 is refused by their first bytes', () => {
    const bomb = deflated({ ...JSONS, 'model.weights.h5': zeros(2 ** 23) })
    expect(() => readKerasArchive(bomb, 'net.keras')).toThrow(/net.keras: model.weights.h5 is not what its name says/)
  })

  it('that would unpack to far more than weights do is refused by the sizes that it states', () => {
    const bomb = deflated({ ...JSONS, 'model.weights.h5': zeros(2 ** 25, HDF5_SIGNATURE) })
    expect(() => readKerasArchive(bomb, 'net.keras')).toThrow(/asks for more memory than a file of its size may/)
  })

  it('leaves what it does not need packed', () => {
    const bomb = deflated({ ...JSONS, 'model.weights.h5': text('none'), 'assets/huge': zeros(2 ** 25) })
    expect(() => readKerasArchive(bomb, 'net.keras')).toThrow(/model.weights.h5 is not what its name says/)
    expect(() => readZip(bomb, 'net.keras')).toThrow(/asks for more memory/)
  })
})

it('an .npz file whose entries are no arrays is refused by their first bytes', () => {
  expect(() => readNpz(deflated({ 'a.npy': zeros(2 ** 23) }), 'net.npz')).toThrow(/net.npz: a.npy is not what its name/)
})

describe('JSON', () => {
  const wide = (values: number) => `{"a": [${'0,'.repeat(values - 3)}0]}`

  it('of too many values is refused before it is parsed', () => {
    const message = 'net.json holds too many values: at most 1048576, received: 1048577'
    expect(() => parseJsonObject(wide(8_000_000), 'net.json')).toThrow(message)
    expect(() => parseJsonObject('{"a": []'.repeat(2 ** 20), 'net.json')).toThrow(/nested too deeply|too many values/)
  })

  it('of as many as the largest network has is read, whatever stands in its texts', () => {
    expect(parseJsonObject(wide(1_000_000), 'net.json')).toHaveProperty('a.length', 999_998)
    expect(parseJsonObject(JSON.stringify({ a: `\\",[{${','.repeat(2e6)}` }), 'net.json')).toHaveProperty('a')
  })
})
