/**
 * @file Model files between this library and a live Keras 2: what it writes is read, and .h5 files that are written here it reads.
 * Its Python is named by SEPARABLE_KERAS2_PYTHON and has `tf_keras`, or a `keras` of 2.12 to 2.15; without one the tests are
 * skipped, and say so.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadModel, NdArray } from '../src/node.ts'

const python = process.env.SEPARABLE_KERAS2_PYTHON
if (!python) console.warn('SKIPPED: no Keras 2 (set SEPARABLE_KERAS2_PYTHON to a Python that has tf_keras)')

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Pictures `x` [4,8,8,3] for networks of three classes; `given` holds the paths of files, `report` is what is returned. */
const BEGIN = `
import json, sys, numpy as np
try: import tf_keras as keras
except ImportError: import keras
import tensorflow as tf
L = keras.layers
given = json.loads(sys.argv[1])
rng = np.random.RandomState(1)
x = rng.standard_normal([4, 8, 8, 3]).astype("float32")
image = keras.Input((8, 8, 3))
def report(net): print("\\nRESULT " + json.dumps([x.ravel().tolist(), net.predict_on_batch(x).ravel().tolist()]))
`

const SAVE = `
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
for _ in range(2): net.train_on_batch(x, np.array([0, 2, 1, 2]))
for path in given: net.save(path)
report(net)
`

/** Networks that a script makes as `net`. */
const NETWORKS = {
  sequential: `
net = keras.Sequential([
    L.Conv2D(4, 3, strides=2, padding="same", activation=L.LeakyReLU(0.1), input_shape=(8, 8, 3)), L.BatchNormalization(),
    L.SeparableConv2D(6, 3, activation="hard_sigmoid"), L.Flatten(), L.Dense(3, activation="softmax")])`,
  graph: `
y = L.BatchNormalization(name="conv/bn")(L.Conv2D(4, 3, padding="same", name="conv/in")(image))
y = L.Concatenate()([L.Add()([y, L.DepthwiseConv2D(3, padding="same")(y)]), L.Activation("swish")(y)])
net = keras.Model(image, L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(y)))`,
  functions: `
y = L.Conv2D(4, 3, padding="same")(image / 127.5 - 1)
y = tf.nn.relu6(y + 3.0) * y / 6.0 + tf.concat([y], -1)
y = tf.reduce_mean(tf.pad(1.0 - y * [0.5, 1.0, 2.0, 1.0], [[0, 0], [1, 1], [0, 2], [0, 0]]), [1, 2])
net = keras.Model(image, tf.nn.softmax(L.Dense(3)(y)))`,
  'networks in it': `
inner = keras.Sequential([L.Conv2D(4, 3, input_shape=(8, 8, 3)), L.BatchNormalization()])
net = keras.Model(image, L.Dense(3, activation="softmax")(L.Flatten()(L.Subtract()([inner(image), inner(2.0 * image)]))))`,
}

/** The pictures, and what Keras makes of them. */
function run(script: string, files: readonly string[]): { readonly x: NdArray; readonly y: readonly number[] } {
  const args = ['-c', `${BEGIN}\n${script}`, JSON.stringify(files)]
  const { status, stdout, stderr } = spawnSync(python as string, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(stderr.slice(-2000))
  const [x, y] = JSON.parse(stdout.slice(stdout.lastIndexOf('\nRESULT ') + 8)) as number[][]
  return { x: new NdArray(Float32Array.from(x), [4, 8, 8, 3]), y }
}

function expectClose(ours: Iterable<number>, theirs: readonly number[]): void {
  const values = [...ours]
  expect(values).toHaveLength(theirs.length)
  for (const [i, value] of theirs.entries()) expect(values[i]).toBeCloseTo(value, 5)
}

describe.skipIf(!python)('files of Keras 2', () => {
  it.each(Object.entries(NETWORKS))('%s', async (name, script) => {
    const files = ['keras', 'h5'].map((format) => join(folder, `${name.replaceAll(' ', '-')}.${format}`))
    const { x, y } = run(script + SAVE, files)
    for (const file of files) {
      const net = await loadModel(file)
      expectClose((await net.predict(x)).data, y)
      await net.dispose()
    }
  })

  it.each(['sequential', 'graph'] as const)('%s: Keras 2 reads what is made of it here', async (name) => {
    const [written, ours] = ['written.h5', 'ours.h5'].map((file) => join(folder, file))
    // The hard sigmoid of Keras 3, which is written, is another function in Keras 2.
    run(NETWORKS[name].replace('hard_sigmoid', 'relu') + SAVE, [written])
    const net = await loadModel(written)
    await net.save(ours)
    const { x, y } = run('report(keras.models.load_model(given[0]))', [ours])
    expectClose((await net.predict(x)).data, y)
    await net.dispose()
  })
})
