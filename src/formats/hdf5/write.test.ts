/** @file Writing HDF5: what the reader makes of it; test/written-files.test.ts asks h5py. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NdArray } from '../../tensor/ndarray.ts'
import { H5Dataset, type H5Group, readHdf5 } from './read.ts'
import { type GroupContent, writeHdf5 } from './write.ts'

const numbers = new NdArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])

/** What was written, from what was read. */
function contentOf(group: H5Group): GroupContent {
  const attributes = group.attributeNames.map((name) => [name, group.attribute(name) as string] as const)
  return {
    attributes: new Map(attributes),
    children: new Map(
      [...group.children].map(([name, child]) => [name, child instanceof H5Dataset ? child.read() : contentOf(child)]),
    ),
  }
}

const sorted = ({ attributes = new Map(), children }: GroupContent): GroupContent => ({
  attributes,
  children: new Map(
    [...children]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([name, child]) => [name, child instanceof NdArray ? child : sorted(child)]),
  ),
})

describe('writeHdf5', () => {
  it('writes groups, numbers of all kinds, and texts', () => {
    const content: GroupContent = {
      attributes: new Map<string, string | string[]>([
        ['name', 'größe'],
        ['names', ['a', 'bc', '']],
      ]),
      children: new Map<string, GroupContent | NdArray>([
        ['z', numbers],
        ['empty group', { children: new Map() }],
        ['a', { children: new Map([['labels', new NdArray(Int32Array.of(-1), [])]]) }],
        ['bytes', new NdArray(Uint8Array.of(0, 255), [1, 2])],
        ['none', new NdArray(new Float32Array(0), [0, 3])],
      ]),
    }
    expect(contentOf(readHdf5(writeHdf5(content)))).toEqual(sorted(content))
  })

  it.each([8, 9, 256, 257, 2100])('finds each of %i objects in a group', (count) => {
    const children = new Map(Array.from({ length: count }, (_, i) => [`${i}`, { children: new Map() }]))
    const read = readHdf5(writeHdf5({ children }))
    expect(new Set(read.children.keys())).toEqual(new Set(children.keys()))
  })

  it('keeps texts of any length, and spreads long lists over several attributes', () => {
    const long = 'x'.repeat(200_000)
    const names = Array.from({ length: 5000 }, (_, i) => `layer ${i}`)
    const root = readHdf5(
      writeHdf5({
        attributes: new Map<string, string | string[]>([
          ['long', long],
          ['names', names],
        ]),
        children: new Map(),
      }),
    )
    expect(root.attribute('long')).toBe(long)
    expect(root.attributeNames).toEqual(['long', 'names0', 'names1'])
    expect([root.attribute('names0'), root.attribute('names1')].flat()).toEqual(names)
  })

  it('returns any tree as it was', () => {
    const { group } = fc.letrec<{ group: GroupContent; child: GroupContent | NdArray }>((tie) => ({
      child: fc.oneof({ depthSize: 'small' }, fc.constant(numbers), tie('group')),
      group: fc.record({
        attributes: fc
          .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string())
          .map((each) => new Map(Object.entries(each).map(([name, text]) => [name, text.replaceAll('\0', '')]))),
        children: fc
          .array(fc.tuple(fc.stringMatching(/^[a-zäß0-9_ ]{1,12}$/), tie('child')), { maxLength: 20 })
          .map((entries) => new Map(entries)),
      }),
    }))
    fc.assert(
      fc.property(group, (content) => {
        expect(contentOf(readHdf5(writeHdf5(content)))).toEqual(sorted(content))
      }),
      { numRuns: 10 },
    )
  })
})
