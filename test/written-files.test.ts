/**
 * @file Files written here, read by h5py, NumPy and Python's zipfile; model files beside those of Keras, group by group. Needs
 * a Python with h5py.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type GroupContent, writeHdf5 } from '../src/formats/hdf5/write.ts'
import { writeNpz } from '../src/formats/npy.ts'
import { loadModel, NdArray } from '../src/node.ts'
import { PYTHON, pythonHas } from './python.ts'

/** A file as JSON; of a .keras file what Python's zipfile finds in it, the weights as h5py reads them. */
const DUMP = `
import io, json, sys, zipfile
import h5py, numpy
def value(v): return v if isinstance(v, str) else v.tolist()
def node(o):
    attributes = {k: value(v) for k, v in o.attrs.items()}
    if isinstance(o, h5py.Dataset): return [str(o.dtype), list(o.shape), o[()].tolist(), attributes]
    return {"attributes": attributes, "children": {k: node(v) for k, v in o.items()}}
path = sys.argv[1]
if path.endswith(".keras"):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
    entries = [[i.filename, i.compress_type, list(i.date_time)] for i in archive.infolist()]
    print(json.dumps({"entries": entries, "config": json.loads(archive.read("config.json")), "weights": node(weights)}))
elif path.endswith(".npz"):
    print(json.dumps({k: [str(v.dtype), list(v.shape), v.tolist()] for k, v in numpy.load(path).items()}))
else: print(json.dumps(node(h5py.File(path, "r"))))
`

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

function dump(path: string): unknown {
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', DUMP, path], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (stderr) throw new Error(stderr)
  return JSON.parse(stdout)
}

function dumpBytes(bytes: Uint8Array, ending: string): unknown {
  const path = join(folder, `written.${ending}`)
  writeFileSync(path, bytes)
  return dump(path)
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
    expect(dumpBytes(writeHdf5(content), 'h5')).toEqual(expected(content))
  })

  it.each([1, 8, 9, 255, 256, 257, 8193])('a group of %i arrays', (count) => {
    const children = new Map(Array.from({ length: count }, (_, i) => [`${i}`, ramp([1 + (i % 3)])]))
    const content = { children: new Map([['vars', { children }]]) }
    expect(dumpBytes(writeHdf5(content), 'h5')).toEqual(expected(content))
  })
})

const golden = (ending: string) => fileURLToPath(new URL(`golden/keras-3.15.1.${ending}`, import.meta.url))

/** The model of Keras's file, written again. */
async function rewritten(format: 'keras' | 'h5' | 'weights.h5'): Promise<unknown> {
  const net = await loadModel(golden('keras'))
  return dumpBytes(new Uint8Array(await (await net.toBlob(format)).arrayBuffer()), format)
}

interface KerasDump {
  readonly entries: readonly (readonly [name: string, method: number, date: readonly number[]])[]
  readonly config: { readonly [key: string]: unknown }
  readonly weights: unknown
}

describe.skipIf(!pythonHas('h5py'))("model files beside Keras's", () => {
  it('.keras: the same entries, weights, attributes and keys', async () => {
    const [ours, theirs] = [(await rewritten('keras')) as KerasDump, dump(golden('keras')) as KerasDump]
    expect(ours.weights).toEqual(theirs.weights)
    expect(ours.entries.map(([name, method]) => [name, method])).toEqual(
      theirs.entries.map(([name, method]) => [name, method]),
    )
    expect(Object.keys(ours.config)).toEqual(Object.keys(theirs.config))
  })

  it('.weights.h5: every group, array and attribute', async () => {
    expect(await rewritten('weights.h5')).toEqual((dump(golden('keras')) as KerasDump).weights)
  })

  it('.h5: every group, array and attribute but the configs', async () => {
    const withoutConfigs = (file: unknown) =>
      JSON.stringify(file, (key, value) => (key.endsWith('_config') ? 'config' : value))
    expect(JSON.parse(withoutConfigs(await rewritten('h5')))).toEqual(JSON.parse(withoutConfigs(dump(golden('h5')))))
  })

  it('.npz: arrays of all kinds', () => {
    const arrays = new Map<string, NdArray>([
      ['a/b', ramp([2, 3])],
      ['ü', new NdArray(Int32Array.of(-1), [])],
      ['bytes', new NdArray(Uint8Array.of(0, 255), [2, 1])],
    ])
    expect(dumpBytes(writeNpz(arrays), 'npz')).toEqual({
      'a/b': ['float32', [2, 3], ramp([2, 3]).toArray()],
      ü: ['int32', [], -1],
      bytes: ['uint8', [2, 1], [[0], [255]]],
    })
  })
})
