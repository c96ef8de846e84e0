/** @file Reading HDF5: files by Keras and h5py, and damaged copies of them. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { NdArray } from '../../tensor/ndarray.ts'
import { mutate, outcomeOf } from '../fuzz-testing.ts'
import { H5Dataset, type H5Group, readHdf5 } from './read.ts'

const golden = (name: string) => readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url))
const packed = golden('h5py-packed.h5')
const keras = golden('keras-3.15.1.h5')

/** Reads all there is. */
function readAll(group: H5Group): void {
  for (const name of group.attributeNames) group.attribute(name)
  for (const child of group.children.values()) {
    if (!(child instanceof H5Dataset)) readAll(child)
    else child.read()
  }
}

const ramp = Float32Array.from({ length: 35 }, (_, i) => i)

describe('readHdf5', () => {
  it("reads Keras's files", () => {
    const root = readHdf5(keras)
    expect(root.attribute('keras_version')).toBe('3.15.1')
    expect(root.group('model_weights')?.attribute('layer_names')).toHaveLength(8)
    const dense = root.group('model_weights/dense')
    expect(dense?.attribute('weight_names')).toEqual(['sequential_3/dense/kernel', 'sequential_3/dense/bias'])
    const kernel = dense?.dataset('sequential_3/dense/kernel')?.read()
    expect(kernel?.shape).toEqual([5, 10])
    expect(root.dataset('optimizer_weights/adam/iteration')?.read()).toEqual(new NdArray(Int32Array.of(0), []))
    expect(root.find('model_weights/nothing/here')).toBeUndefined()
  })

  it('reads chunks, unpacked and packed, and data that was never written', () => {
    const root = readHdf5(packed)
    expect(root.dataset('chunks')?.read()).toEqual(new NdArray(ramp, [7, 5]))
    expect(root.dataset('deflated')?.read()).toEqual(new NdArray(ramp, [7, 5]))
    expect(root.dataset('unwritten')?.read()).toEqual(new NdArray(new Float32Array(6), [2, 3]))
  })

  it('reads all kinds of numbers', () => {
    const numbers = readHdf5(packed).group('numbers') as H5Group
    const read = [...numbers.children].map(([name, dataset]) => {
      const array = (dataset as H5Dataset).read()
      return [name, array.dtype, ...array.data]
    })
    expect(read).toEqual([
      ['?', 'u8', 0, 1, 1],
      ['big-f4', 'f32', 0, 1, 100],
      ['f2', 'f32', 0, 1, 100],
      ['f4', 'f32', 0, 1, 100],
      ['f8', 'f32', 0, 1, 100],
      ['i1', 'i32', 0, 1, 100],
      ['i2', 'i32', 0, 1, 100],
      ['i4', 'i32', 0, 1, 100],
      ['i8', 'i32', 0, 1, 100],
      ['u1', 'u8', 0, 1, 100],
      ['u2', 'i32', 0, 1, 100],
    ])
  })

  it('reads attributes: texts of fixed and of any length, numbers, nothing', () => {
    const root = readHdf5(packed)
    expect(root.attributeNames).toEqual(['bytes', 'texts', 'numbers', 'none'])
    expect(root.attribute('bytes')).toEqual(['one', 'three'])
    expect(root.attribute('texts')).toEqual(['ein', 'zwölf', ''])
    expect(root.attribute('numbers')).toEqual(new NdArray(Float32Array.of(1.5, 2.5), [2]))
    expect(root.attribute('none')).toEqual(new NdArray(new Float32Array(0), [0]))
    expect(root.attribute('other')).toBeUndefined()
  })

  it('finds groups with more objects than one list holds', () => {
    const names = [...(readHdf5(packed).group('many')?.children.keys() ?? [])]
    expect(names).toEqual(Array.from({ length: 40 }, (_, i) => `group${i}`).sort())
  })

  it('reads the newest kind of groups', () => {
    const group = readHdf5(golden('h5py-latest.h5')).group('a/b')
    expect(group?.attribute('name')).toBe('newest')
    expect(group?.dataset('c')?.read()).toEqual(new NdArray(ramp, [7, 5]))
  })

  it('says which file is none', () => {
    expect(() => readHdf5(new Uint8Array(20), 'x.h5')).toThrow('x.h5 is no HDF5 file, received: Uint8Array of 8 bytes')
    expect(() => readHdf5(keras.subarray(0, 9000), 'x.h5')).toThrow(
      'x.h5 is cut off: it should have 63216 bytes, received: 9000',
    )
  })

  it('refuses groups that lead in circles', () => {
    const circle = keras.slice()
    const view = new DataView(circle.buffer, circle.byteOffset)
    const list = circle.indexOf('SNOD')
    view.setBigUint64(list + 16, view.getBigUint64(64, true), true)
    expect(() => readHdf5(circle)).toThrow(/lies where another object lies already/)
  })

  it('refuses damaged files clearly and soon', async () => {
    for (let seed = 0; seed < 50; seed++)
      for (const file of [packed, keras]) await outcomeOf(seed, () => readAll(readHdf5(mutate(file, seed))))
  })
})
