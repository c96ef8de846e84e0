/** @file HDF5 files written here, read by h5py: every group, array and attribute. Needs a Python with h5py. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type GroupContent, writeHdf5 } from '../src/formats/hdf5/write.ts'
import { NdArray } from '../src/tensor/ndarray.ts'
import { PYTHON, pythonHas } from './python.ts'

const DUMP = `
import h5py, json, sys
def value(v): return v if isinstance(v, str) else v.tolist()
def node(o):
    attributes = {k: value(v) for k, v in o.attrs.items()}
    if isinstance(o, h5py.Dataset): return [str(o.dtype), list(o.shape), o[()].tolist(), attributes]
    return {"attributes": attributes, "children": {k: node(v) for k, v in o.items()}}
print(json.dumps(node(h5py.File(sys.argv[1], "r"))))
`

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

function dump(content: GroupContent): unknown {
  const path = join(folder, 'written.h5')
  writeFileSync(path, writeHdf5(content))
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', DUMP, path], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (stderr) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The same as h5py prints it. */
function expected(content: GroupContent | NdArray): unknown {
  if (content instanceof NdArray) {
    const types = { f32: 'float32', i32: 'int32', u8: 'uint8' }
    return [types[content.dtype], content.shape, content.toArray(), {}]
  }
  const children = [...content.children].map(([name, child]) => [name, expected(child)])
  return { attributes: Object.fromEntries(content.attributes ?? []), children: Object.fromEntries(children) }
}

const ramp = (shape: number[]) =>
  new NdArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 4),
    shape,
  )

describe.skipIf(!pythonHas('h5py'))('writeHdf5, read by h5py', () => {
  it('groups, arrays of all kinds, attributes', () => {
    const content: GroupContent = {
      attributes: new Map<string, string | string[]>([
        ['long', 'é'.repeat(100_000)],
        ['names', Array.from({ length: 3000 }, (_, i) => `größe ${i}`)],
        ['none', []],
        ['empty', ''],
      ]),
      children: new Map<string, GroupContent | NdArray>([
        ['scalar', new NdArray(Int32Array.of(-7), [])],
        ['bytes', new NdArray(Uint8Array.of(0, 128, 255), [3])],
        ['cube', ramp([2, 3, 4])],
        ['nothing', new NdArray(new Float32Array(0), [0, 2])],
        ['ä/ö'.replace('/', ' '), { attributes: new Map([['name', 'x']]), children: new Map() }],
      ]),
    }
    expect(dump(content)).toEqual(expected(content))
  })

  it.each([1, 8, 9, 255, 256, 257, 8193])('a group of %i arrays', (count) => {
    const children = new Map(Array.from({ length: count }, (_, i) => [`${i}`, ramp([1 + (i % 3)])]))
    const content = { children: new Map([['vars', { children }]]) }
    expect(dump(content)).toEqual(expected(content))
  })
})
