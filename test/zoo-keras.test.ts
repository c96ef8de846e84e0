/**
 * @file The networks of the zoo beside `keras.applications`: the same layers, shapes and numbers of weights, and, with the
 * weights from Keras's file, the same outputs. Needs real Keras.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ZooName, zoo } from '../src/models/index.ts'
import { NdArray } from '../src/node.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'separable-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CLASSES = 7

/** Keras's function, and the size of its pictures here. */
const NETWORKS: Partial<Record<ZooName, readonly [name: string, size: number]>> = {
  mobilenet: ['MobileNet', 96],
  'mobilenet-v2': ['MobileNetV2', 96],
  'mobilenet-v3-small': ['MobileNetV3Small', 96],
  'mobilenet-v3-large': ['MobileNetV3Large', 96],
  'efficientnet-b0': ['EfficientNetB0', 96],
  xception: ['Xception', 96],
  resnet50: ['ResNet50', 96],
  vgg16: ['VGG16', 32],
  vgg19: ['VGG19', 32],
}

/** Batch normalisations do something; what Keras initialises stays. */
const SCRIPT = `
shape = [given["size"], given["size"], 3]
net = getattr(keras.applications, given["name"])(weights=None, input_shape=shape, classes=given["classes"])
draw = np.random.default_rng(1)
for layer in net.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        for weight in layer.weights:
            centre = 0 if weight.name in ("beta", "moving_mean") else 1
            weight.assign(draw.uniform(centre - 0.3, centre + 0.3, weight.shape))
net.save_weights(given["file"])
pixels = np.arange(2 * np.prod(shape)) * 7919 % 1009 / 1009 * 255
x = (pixels / 127.5 - 1 if given["scaled"] else pixels).astype("float32").reshape([2, *shape])
result = {
    "layers": [[layer.name, type(layer).__name__, layer.output.shape, layer.count_params()] for layer in net.layers],
    "output": net.predict(x, verbose=0).flatten().tolist(),
}
`

interface Described {
  readonly layers: readonly (readonly [name: string, className: string, shape: readonly unknown[], params: number])[]
  readonly output: readonly number[]
}

describe.skipIf(!hasKeras)('the network', () => {
  it.each(Object.entries(NETWORKS))('%s is that of Keras', async (name, [kerasName, size]) => {
    const inputShape = [size, size, 3]
    // Those that bring pixels into range themselves do so here, too.
    const rescale = /V3|Efficient/.test(kerasName)
    const file = join(folder, `${name}.weights.h5`)
    const keras = runKeras<Described>(SCRIPT, { name: kerasName, size, file, classes: CLASSES, scaled: !rescale })
    const net = zoo[name as ZooName]({ inputShape, classes: CLASSES, rescale })
    const rows = net.layers.map((layer) => [
      layer.name,
      layer.className,
      layer.output.shape,
      layer.countParams(),
    ]) as unknown as Described['layers']
    expect(withWeights(rows)).toEqual(withWeights(keras.layers))
    await net.loadWeights(file)
    rmSync(file)
    const pixels = Float32Array.from({ length: 2 * size * size * 3 }, (_, i) => (((i * 7919) % 1009) / 1009) * 255)
    const x = new NdArray(rescale ? pixels : pixels.map((p) => p / 127.5 - 1), [2, ...inputShape])
    const { data } = await net.predict(x)
    await net.dispose()
    expect(data).toHaveLength(keras.output.length)
    expect(Math.max(...data.map((value, i) => Math.abs(value - keras.output[i])))).toBeLessThan(1e-5)
  })
})

/** Layers without weights may differ: here a padding is part of what follows it, an activation of what it follows. */
const withWeights = (rows: Described['layers']) => rows.filter(([, , , params]) => params > 0)
