/**
 * @file 100,000 damaged files: every one is read or refused in one clear line, within a second, without reserving more memory
 * than it may and without touching anything else. A failure names the seed; SEPARABLE_FUZZ_SEED begins elsewhere.
 */
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { mutate, mutateJson, outcomeOf } from '../src/formats/fuzz-testing.ts'
import { H5Dataset, type H5Group, readHdf5 } from '../src/formats/hdf5/read.ts'
import { type GroupContent, writeHdf5 } from '../src/formats/hdf5/write.ts'
import { readKerasArchive, writeKerasArchive } from '../src/formats/keras/archive.ts'
import { readLegacy } from '../src/formats/keras/legacy.ts'
import { readNpy, readNpz, writeNpy, writeNpz } from '../src/formats/npy.ts'
import { readSafetensors, writeSafetensors } from '../src/formats/safetensors.ts'
import { loadModel, modelFromJSON, NdArray, setScreen } from '../src/node.ts'

const FIRST_SEED = Number(process.env.SEPARABLE_FUZZ_SEED ?? 1)
const MOST_MILLISECONDS = 1000
const MOST_MEMORY = 2 ** 29

const quiet = () => {}
setScreen({ interactive: false, columns: 80, color: false, print: quiet, warn: quiet, draw: quiet, endDrawing: quiet })

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`golden/${name}`, import.meta.url)))
const array = new NdArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
const arrays = new Map<string, NdArray>([
  ['kernel', array],
  ['bias', new NdArray(Int32Array.of(1), [])],
])
const tree: GroupContent = {
  attributes: new Map<string, string | string[]>([
    ['layer_names', ['dense']],
    ['model_config', '{"class_name":"Sequential","config":[]}'],
  ]),
  children: new Map([['dense', { attributes: new Map([['weight_names', ['kernel', 'bias']]]), children: arrays }]]),
}

function readAll(group: H5Group): void {
  for (const name of group.attributeNames) group.attribute(name)
  for (const child of group.children.values()) {
    if (child instanceof H5Dataset) child.read()
    else readAll(child)
  }
}

const keras = readKerasArchive(golden('keras-3.15.1.keras'), 'golden')
const small = writeHdf5(tree)
const smallKeras = writeKerasArchive(JSON.stringify(keras.config), keras.metadata, small)

/** Seals the damage: checksums are right again, so that what is behind them is reached. */
const resealed = (seed: number) => writeKerasArchive(JSON.stringify(keras.config), keras.metadata, mutate(small, seed))

const READERS: readonly [name: string, count: number, read: (seed: number) => unknown][] = [
  ['npy', 20_000, (seed) => readNpy(mutate(writeNpy(array), seed))],
  ['npz', 10_000, (seed) => readNpz(mutate(writeNpz(arrays), seed))],
  ['safetensors', 20_000, (seed) => readSafetensors(mutate(writeSafetensors(arrays), seed))],
  ['HDF5', 20_000, (seed) => readAll(readHdf5(mutate(small, seed)))],
  ['HDF5 by h5py, packed', 3000, (seed) => readAll(readHdf5(mutate(golden('h5py-packed.h5'), seed)))],
  ['HDF5 by h5py, newest', 5000, (seed) => readAll(readHdf5(mutate(golden('h5py-latest.h5'), seed)))],
  ['legacy .h5', 8000, (seed) => readLegacy(readHdf5(mutate(small, seed)), 'x')],
  ['.keras', 5000, (seed) => readKerasArchive(mutate(smallKeras, seed), 'x')],
  ['.keras, sealed again', 2000, (seed) => readAll(readKerasArchive(resealed(seed), 'x').weights)],
  ['models in .h5 by Keras', 1000, (seed) => loadModel(mutate(golden('keras-3.15.1.h5'), seed))],
  ['models in JSON', 6000, (seed) => modelFromJSON(mutateJson(keras.config, seed) as object)],
]

describe('damaged files', () => {
  it('are 100,000', () => {
    expect(READERS.reduce((sum, [, count]) => sum + count, 0)).toBe(100_000)
  })

  it.each(READERS)('%s', async (_, count, read) => {
    const outcomes = { read: 0, refused: 0 }
    for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
      const begin = performance.now()
      outcomes[await outcomeOf(seed, () => read(seed))] += 1
      const took = performance.now() - begin
      if (took > MOST_MILLISECONDS) throw new Error(`seed ${seed} took ${took} ms`)
    }
    expect(outcomes.refused).toBeGreaterThan(0)
  })

  afterAll(() => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(4 * MOST_MEMORY)
  })
})
