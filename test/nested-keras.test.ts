/**
 * @file Networks in networks, in the files of both: Keras reads ours, predicts and counts the same, and what it writes comes
 * back as it was. Needs real Keras.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { input, layers, loadModel, type Model, model, NdArray, sequential } from '../src/node.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SHAPE = [6, 6, 2]
const size = 4 * 6 * 6 * 2
const x = new NdArray(
  Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5),
  [4, ...SHAPE],
)
const y = new NdArray(Int32Array.of(0, 1, 1, 0), [4])

function backbone(name: string): Model {
  const visible = input({ shape: SHAPE })
  const norm = layers.batchNormalization({ name: 'bn' })
  return model({
    inputs: visible,
    outputs: norm.apply(layers.conv2d({ filters: 3, kernelSize: 3, name: 'conv' }).apply(visible)),
    name,
  })
}

const head = () =>
  sequential([layers.flatten(), layers.dense({ units: 2, activation: 'softmax', name: 'head' })], { name: 'top' })

const NETWORKS: Record<string, () => Model> = {
  'twins, one of them frozen': () => {
    const visible = input({ shape: SHAPE })
    const right = backbone('right')
    right.trainable = false
    const sum = layers.add().apply([backbone('left').apply(visible), right.apply(visible)])
    return model({ inputs: visible, outputs: head().apply(sum) })
  },
  'one that is used twice': () => {
    const [tower, visible] = [backbone('tower'), input({ shape: SHAPE })]
    const mirrored = layers.rescaling({ scale: -1 }).apply(visible)
    return model({
      inputs: visible,
      outputs: head().apply(layers.subtract().apply([tower.apply(visible), tower.apply(mirrored)])),
    })
  },
  'three deep, and a stack that waited for its shape': () => {
    const stack = sequential(
      [sequential([layers.conv2d({ filters: 2, kernelSize: 3, name: 'conv' })], { name: 'inner' })],
      { name: 'middle' },
    )
    return sequential([input({ shape: SHAPE }), backbone('base'), stack, head()])
  },
  'one of two outputs': () => {
    const [inside, visible] = [input({ shape: SHAPE }), input({ shape: SHAPE })]
    const pictures = layers.separableConv2d({ filters: 3, kernelSize: 3, name: 'conv' }).apply(inside)
    const two = model({
      inputs: inside,
      outputs: [pictures, layers.globalAveragePooling2d().apply(pictures)],
      name: 'two',
    })
    const [first, second] = two.applyAll(visible)
    return model({
      inputs: visible,
      outputs: head().apply(layers.concatenate().apply([layers.globalMaxPooling2d().apply(first), second])),
    })
  },
}

const SCRIPT = `
net = keras.models.load_model(given["file"])
x = np.array(given["x"], dtype="float32").reshape([4, 6, 6, 2])
count = lambda weights: int(sum(np.prod(w.shape) for w in weights))
rows = [[layer.name, type(layer).__name__, layer.count_params()] for layer in net.layers]
result = {
    "rows": [row for row in rows if row[1] != "InputLayer"],
    "trainable": count(net.trainable_weights), "nonTrainable": count(net.non_trainable_weights),
    "before": net.predict(x, verbose=0).flatten().tolist(),
}
net.fit(x, np.array(given["y"]), verbose=0, batch_size=4)
result["after"] = net.predict(x, verbose=0).flatten().tolist()
net.save(given["saved"])
`

interface Result {
  readonly rows: readonly unknown[]
  readonly trainable: number
  readonly nonTrainable: number
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** After a step of Adam the least bit of a gradient near 0 has moved a weight. */
function expectClose({ data }: NdArray, expected: readonly number[], digits = 5) {
  expect(data).toHaveLength(expected.length)
  data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits)
  })
}

describe.skipIf(!hasKeras)('a network in a network', () => {
  it.each(Object.entries(NETWORKS))('%s: the same for Keras', async (name, make) => {
    const net = make()
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    await net.trainOnBatch(x, y)
    const [file, saved] = [join(folder, `${name}.keras`), join(folder, `${name} again.keras`)]
    await net.save(file)
    const keras = runKeras<Result>(SCRIPT, { file, saved, x: [...x.data], y: [...y.data] })
    const rows = net.layers.map((layer) => [layer.name, layer.className, layer.countParams()])
    expect(rows.filter(([, className]) => className !== 'InputLayer')).toEqual(keras.rows)
    expect(net.describe().totals).toMatchObject({ trainable: keras.trainable, nonTrainable: keras.nonTrainable })
    expectClose(await net.predict(x), keras.before)
    await net.trainOnBatch(x, y)
    expectClose(await net.predict(x), keras.after, 4)
    const back = await loadModel(saved)
    expectClose(await back.predict(x), keras.after, 4)
    for (const each of [net, back]) await each.dispose()
  })
})

// ------------------------------------------------------------------------------ networks at the end

const ENDS_SCRIPT = `
x = np.array(given["x"], dtype="float32").reshape([4, 6, 6, 2])
net = keras.models.load_model(given["file"])
result = [each.flatten().tolist() for each in net.predict(x, verbose=0)]
net.save(given["saved"])
`

describe.skipIf(!hasKeras)('a network that is used twice and makes the outputs, the second use first', () => {
  it.each(['keras', 'h5'])('the same for Keras, and back: %s', async (format) => {
    const [tower, visible] = [backbone('tower'), input({ shape: SHAPE })]
    const [first, second] = [tower.apply(visible), tower.apply(layers.rescaling({ scale: -1 }).apply(visible))]
    const net = model({ inputs: visible, outputs: [second, first] })
    const [file, saved] = [join(folder, `ends.${format}`), join(folder, `ends again.${format}`)]
    await net.save(file)
    const theirs = runKeras<number[][]>(ENDS_SCRIPT, { file, saved, x: [...x.data] })
    const back = await loadModel(saved)
    for (const each of [net, back]) {
      const ours = await each.predictAll(x)
      ours.forEach((output, i) => {
        expectClose(output, theirs[i])
      })
      await each.dispose()
    }
  })
})
