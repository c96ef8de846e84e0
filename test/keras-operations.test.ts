/** @file Keras's functions on symbolic tensors, in the files that it writes: its own MobileNetV3, and arithmetic. Needs real Keras. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadModel, NdArray } from '../src/node.ts'
import { sizeOf } from '../src/tensor/ndarray.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Networks that a script makes as `net`. */
const NETWORKS = {
  MobileNetV3Small: 'net = keras.applications.MobileNetV3Small(input_shape=(64, 64, 3), weights=None, classes=10)',
  'MobileNetV3Large, minimalistic':
    'net = keras.applications.MobileNetV3Large(input_shape=(64, 64, 3), weights=None, classes=10, minimalistic=True)',
  arithmetic: `
x = keras.Input((8, 8, 3))
y = keras.layers.SeparableConv2D(6, 3, padding="same")(x / 127.5 - 1.0)
y = keras.ops.silu(y) * 0.5 + keras.ops.relu6(y)
y = 1.0 - keras.ops.tanh(y) * keras.ops.sigmoid(y)
y = keras.layers.GlobalAveragePooling2D()(y)
net = keras.Model(x, keras.ops.softmax(keras.layers.Dense(5)(2.0 * y)))`,
}

const SAVE = `
rng = np.random.default_rng(0)
net.set_weights([w + 0.1 * np.abs(rng.standard_normal(w.shape)) for w in net.get_weights()])
x = rng.uniform(0, 255, [2, *net.input_shape[1:]]).astype("float32")
for name in given: net.save(name)
y = net.predict(x, verbose=0)
result = {"shape": list(x.shape), "x": x.ravel().tolist(), "y": y.ravel().tolist()}`

describe.skipIf(!hasKeras)('files of Keras with functions', () => {
  it.each(Object.entries(NETWORKS))('%s', async (name, script) => {
    const files = ['keras', 'h5'].map((format) => join(folder, `${name.replace(/\W+/g, '-')}.${format}`))
    const { shape, x, y } = runKeras<{ shape: number[]; x: number[]; y: number[] }>(`${script}\n${SAVE}`, files)
    expect(x).toHaveLength(sizeOf(shape))
    for (const file of files) {
      const net = await loadModel(file)
      const { data } = await net.predict(new NdArray(Float32Array.from(x), shape))
      for (const [i, value] of y.entries()) expect(data[i]).toBeCloseTo(value, 5)
      await net.dispose()
    }
  })
})
