/**
 * @file Models that others trained, in files of Keras 2.0 to 3.13: their outputs must be Keras's. The files are looked for in
 * the folder `models` of SEPARABLE_DATA or of the cache folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { getPlatform } from '../src/base/platform.ts'
import { zoo } from '../src/models/index.ts'
import { loadModel, type Model, NdArray } from '../src/node.ts'

const folder = join(getPlatform().env('SEPARABLE_DATA') ?? getPlatform().cacheFolder(), 'models')
const found = existsSync(folder)
if (!found) console.warn(`SKIPPED: there are no models in ${folder}`)

interface Expected {
  readonly input_shape: readonly number[]
  readonly input_rule: string
  readonly output: readonly number[]
  readonly params: number
}

/** The input that the outputs were computed for. */
function inputOf({ input_shape: shape, input_rule: rule }: Expected): NdArray {
  const factor = rule.includes('* 255') ? 255 : 1
  const size = shape.reduce((a, b) => a * b, 1)
  const value = (i: number) => (((i * 7919) % 1009) / 1009) * factor
  return new NdArray(
    Float32Array.from({ length: size }, (_, i) => value(i)),
    shape,
  )
}

async function outputsOf(net: Model, expected: Expected): Promise<number[]> {
  const { data } = await net.predict(inputOf(expected))
  return [...data]
}

function largestError(outputs: readonly number[], { output }: Expected): number {
  expect(outputs).toHaveLength(output.length)
  return Math.max(...outputs.map((value, i) => Math.abs(value - output[i])))
}

const FILES = [
  'mnist_cnn_best_model.keras',
  'eegnet_model.keras',
  'pretrainedResnet.h5',
  'str_ww_ref_model.h5',
  'fer2013_mini_XCEPTION.119-0.65.hdf5',
]

describe.skipIf(!found)('model files', () => {
  it.each(FILES)('%s predicts what Keras predicts, and so do its copies', async (name) => {
    const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected', `${name}.json`), 'utf8'))
    const net = await loadModel(join(folder, name))
    expect(net.countParams()).toBe(expected.params)
    const outputs = await outputsOf(net, expected)
    expect(largestError(outputs, expected)).toBeLessThan(1e-4)
    for (const format of ['keras', 'h5'] as const) {
      const copy = await loadModel(await net.toBlob(format))
      expect(await outputsOf(copy, expected)).toEqual(outputs)
      await copy.dispose()
    }
    await net.dispose()
  })

  it('ResNet-8 of the zoo is the published one', async () => {
    const file = 'pretrainedResnet.h5'
    const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected', `${file}.json`), 'utf8'))
    const net = zoo.resnet8()
    await net.loadWeights(join(folder, file))
    expect(largestError(await outputsOf(net, expected), expected)).toBeLessThan(1e-4)
    await net.dispose()
  })

  it('refuses the class of a stranger by its name', async () => {
    await expect(loadModel(join(folder, 'pre_pr22362_nested_container.keras'))).rejects.toThrow(
      /only Sequential and Functional models can be read.*received: "legacy_nested_container>NestedDenseModel"$/,
    )
  })
})
