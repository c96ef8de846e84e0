/** @file Layers that Keras takes for activations: files that Keras writes predict the same here, and what is written then there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadModel, NdArray } from '../src/node.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SHAPE = [2, 6, 6, 2]
const x = new NdArray(
  Float32Array.from({ length: 2 * 6 * 6 * 2 }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5),
  SHAPE,
)

const PREDICT = `
x = np.array(given["x"], dtype="float32").reshape(given["shape"])
result = [each.flatten().tolist() for each in net.predict(x, verbose=0)]
`
const MAKE = `
from keras import layers as L
visible = keras.Input((6, 6, 2))
conv = L.Conv2D(3, 3, activation=L.LeakyReLU(negative_slope=0.1))
left, right = conv(visible), conv(L.Rescaling(-1)(visible))
sum = L.SeparableConv2D(2, 3, activation=L.ELU(alpha=0.5))(L.Add()([left, right]))
net = keras.Model(visible, [L.Dense(2, activation=L.Softmax())(L.Flatten()(sum)), left])
net.save(given["file"])
${PREDICT}`
const READ = `net = keras.models.load_model(given["file"])${PREDICT}`

function expectClose(outputs: readonly NdArray[], expected: readonly (readonly number[])[]) {
  expect(outputs.map(({ data }) => data.length)).toEqual(expected.map(({ length }) => length))
  outputs.forEach(({ data }, i) => {
    data.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[i][k], 5)
    })
  })
}

describe.skipIf(!hasKeras)('layers in the place of activations', () => {
  it.each(['keras', 'h5'])('there and back: %s', async (format) => {
    const [theirs, ours] = [join(folder, `theirs.${format}`), join(folder, `ours.${format}`)]
    const given = { shape: SHAPE, x: [...x.data] }
    const expected = runKeras<number[][]>(MAKE, { file: theirs, ...given })
    const net = await loadModel(theirs)
    expectClose(await net.predictAll(x), expected)
    await net.save(ours)
    const back = runKeras<number[][]>(READ, { file: ours, ...given })
    expectClose(
      back.map((values) => new NdArray(Float32Array.from(values), [values.length])),
      expected,
    )
    await net.dispose()
  })
})
