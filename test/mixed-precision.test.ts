/** @file Files of models that Keras trained with mixed precision: weights and optimizer are found, the loss's scale is not needed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadModel, NdArray } from '../src/node.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

const x = new NdArray(
  Float32Array.from({ length: 2 * 6 * 6 * 2 }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5),
  [2, 6, 6, 2],
)

const SCRIPT = `
keras.config.set_dtype_policy(given["policy"])
net = keras.Sequential([keras.Input((6, 6, 2)), keras.layers.Conv2D(3, 3), keras.layers.Flatten(), keras.layers.Dense(2)])
net.compile(keras.optimizers.Adam(0.25), "mse")
x = np.array(given["x"], dtype="float32").reshape([2, 6, 6, 2])
for _ in range(3):
    net.train_on_batch(x, np.zeros((2, 2)))
net.save(given["file"])
optimizer = getattr(net.optimizer, "inner_optimizer", net.optimizer)
outputs = np.array(net(x)).astype("float32").flatten().tolist()
result = {"outputs": outputs, "iterations": int(optimizer.iterations)}
`
interface Trained {
  readonly outputs: readonly number[]
  /** Steps that did not overflow. */
  readonly iterations: number
}

/** Of 8 bits and more in the numbers between Keras's layers. */
const ROUNDING = 0.02

describe.skipIf(!hasKeras)('models trained with mixed precision', () => {
  it.each([
    ['mixed_float16', 'keras'],
    ['mixed_float16', 'h5'],
    ['mixed_bfloat16', 'keras'],
  ])('%s, .%s', async (policy, format) => {
    const file = join(folder, `${policy}.${format}`)
    const expected = runKeras<Trained>(SCRIPT, { policy, file, x: [...x.data] })
    const net = await loadModel(file)
    const { data } = await net.predict(x)
    data.forEach((value, i) => {
      expect(Math.abs(value - expected.outputs[i])).toBeLessThan(ROUNDING)
    })
    const { className, iterations, learningRate, slots } = net.optimizer
    expect([className, iterations, learningRate]).toEqual(['Adam', expected.iterations, 0.25])
    expect(iterations).toBeGreaterThan(0)
    expect(slots.some((slot) => slot.read().some((value) => value !== 0))).toBe(true)
    await net.dispose()
  })
})
