/**
 * @file Augmentation beside real Keras. Where nothing is left to chance the layers must agree; where something is, Keras is
 * told what was drawn here. All of it is asked in one Python process.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { layers } from '../src/nn/layers/index.ts'
import { Trace } from '../src/nn/trace.ts'
import { evaluate } from '../src/ops/evaluate.ts'
import { input as leaf } from '../src/ops/index.ts'
import type { RefArray } from '../src/ops/reference-kernel.ts'
import { toKeras } from '../src/saving/spelling.ts'
import { sizeOf } from '../src/tensor/ndarray.ts'
import { hasKeras, runKeras } from './oracles/keras-script.ts'

const SHAPE = [4, 9, 8, 3]
const [IMAGES, HEIGHT, WIDTH, CHANNELS] = SHAPE
const PIXELS = Float64Array.from({ length: sizeOf(SHAPE) }, (_, i) => (i * 7919) % 251)

/** Neighbours differ by up to 250, and places by up to 2e-4 of a pixel: both sides round them, each in its own way. */
const CLOSE = 250 * 2e-4

/** Layers with nothing left to chance. */
const FIXED = {
  brighter: () => layers.randomBrightness({ factor: [0.3, 0.3] }),
  darker: () => layers.randomBrightness({ factor: [-0.9, -0.9], valueRange: [0, 251] }),
  erased: () => layers.randomErasing({ factor: [1, 1], scale: [1, 1], fillValue: 7 }),
  // Whole pixels: between the last and the first Keras's backends differ; TensorFlow's takes the last, JAX's goes from one to
  // the other, as it is done here.
  moved: () =>
    layers.randomTranslation({ heightFactor: [1 / 3, 1 / 3], widthFactor: [-0.25, -0.25], fillMode: 'wrap' }),
  movedIn: () =>
    layers.randomTranslation({
      heightFactor: [-0.5, -0.5],
      widthFactor: [0.5, 0.5],
      fillMode: 'constant',
      fillValue: 9,
    }),
  turned: () => layers.randomRotation({ factor: [0.07, 0.07], fillMode: 'reflect' }),
  turnedBack: () => layers.randomRotation({ factor: [-0.2, -0.2], fillMode: 'nearest' }),
  closer: () => layers.randomZoom({ heightFactor: [-0.35, -0.35] }),
  farther: () => layers.randomZoom({ heightFactor: [0.4, 0.4], widthFactor: [0.1, 0.1], fillMode: 'constant' }),
  whole: () => layers.randomCrop({ height: HEIGHT, width: WIDTH }),
}

/** Layers that draw, and what Keras calls it. */
const DRAWN = {
  contrast: () => layers.randomContrast({ factor: [0.9, 0.9], valueRange: [20, 200] }),
  erasing: () => layers.randomErasing({ factor: [1, 1], scale: [0.1, 0.6], fillValue: 3 }),
  mixUp: () => layers.mixUp({ alpha: 0.8 }),
  cutMix: () => layers.cutMix(),
}

const KERAS = `
from keras import ops
x = np.array(given["pixels"], "float32").reshape(given["shape"])
one_hot = np.eye(len(x), dtype="float32")
result = {}
for name, (class_name, config, drawn) in given["layers"].items():
    layer = getattr(keras.layers, class_name).from_config(config)
    if drawn is None:
        result[name] = np.asarray(layer(x, training=True)).ravel().tolist()
        continue
    told = {key: ops.convert_to_tensor(np.array(value, "float32")) for key, value in drawn.items()}
    if "partners" in drawn:
        told = {"mix_weight": told["shares"], "permutation_order": np.array(drawn["partners"], "int32"), **told}
    if "box" in drawn:
        top, bottom, left, right = (told["box"][:, i] for i in range(4))
        masks = layer._generate_batch_mask(x.shape, (left, right, top, bottom))
        told["apply_erasing"] = np.ones(len(x), bool)
        told["fill_value"] = config.get("fill_value")
        if class_name == "CutMix": masks, told["mix_weight"] = masks
        told["batch_masks"] = masks
    images = layer.transform_images(ops.convert_to_tensor(x), told, training=True)
    labels = layer.transform_labels(one_hot, told, training=True)
    result[name] = np.asarray(images).ravel().tolist() + np.asarray(labels).ravel().tolist()
`

type Made = ReturnType<(typeof FIXED)[keyof typeof FIXED] | (typeof DRAWN)[keyof typeof DRAWN]>

/** What a layer makes of the pictures in a training step, and of one-hot labels, each image a class of its own. */
function train(layer: Made) {
  const trace = new Trace({ training: true, updating: false })
  const { node } = layer.apply(trace.input('x', SHAPE, 'f32'))
  const numbers = leaf(trace.graph, 'numbers', { shape: [IMAGES, 1], dtype: 'f32', batched: true })
  const [blend] = trace.blends
  const partners = blend?.partner(numbers)
  const fed: { [name: string]: ArrayLike<number> } = {
    x: PIXELS,
    numbers: [0, 1, 2, 3],
    step: [6],
    invBatch: [1 / IMAGES],
  }
  const values = evaluate(trace.graph.nodes, ({ attrs: { name, value }, shape }) => ({
    data: Float64Array.from(fed[String(name)] ?? [Number(value)]),
    shape,
  }))
  const read = (of: typeof node | undefined) => of && [...(values.get(of) as RefArray).data]
  const box = read(trace.graph.nodes.find(({ op }) => op.name === 'paste')?.inputs[2])
  const [shares, others] = [read(blend?.share), read(partners)]
  const labels = numbersOf(IMAGES).flatMap((n) =>
    numbersOf(IMAGES).map((k) => {
      if (!shares || !others) return Number(k === n)
      return shares[n] * Number(k === n) + (1 - shares[n]) * Number(k === others[n])
    }),
  )
  return { pictures: read(node) as number[], labels, box, shares, partners: others }
}

const numbersOf = (count: number) => Array.from({ length: count }, (_, n) => n)

/** What each image's contrast was multiplied by, from a pixel that was not cut off. */
function contrasts(pictures: readonly number[]): number[] {
  return numbersOf(IMAGES).map((n) => {
    const channel = numbersOf(HEIGHT * WIDTH).map((i) => (n * HEIGHT * WIDTH + i) * CHANNELS)
    const mean = channel.reduce((sum, i) => sum + PIXELS[i], 0) / channel.length
    const inside = channel.find(
      (i) => pictures[i] > 20 && pictures[i] < 200 && Math.abs(PIXELS[i] - mean) > 5,
    ) as number
    return (pictures[inside] - mean) / (PIXELS[inside] - mean)
  })
}

describe.skipIf(!hasKeras)('augmentation', () => {
  const ours = new Map<string, number[]>()
  let theirs: { readonly [name: string]: readonly number[] }

  beforeAll(() => {
    const asked: { [name: string]: unknown } = {}
    for (const [name, make] of Object.entries<() => Made>({ ...FIXED, ...DRAWN })) {
      const layer = make()
      const { pictures, labels, box, shares, partners } = train(layer)
      const rows = box && numbersOf(IMAGES).map((n) => box.slice(4 * n, 4 * n + 4))
      const contrast = name === 'contrast' && contrasts(pictures).map((c) => [[[c]]])
      const drawn = {
        ...(rows && { box: rows }),
        ...(shares && { shares, partners }),
        ...(contrast && { contrast_factor: contrast }),
      }
      asked[name] = [layer.className, toKeras(layer.getConfig()), name in DRAWN ? drawn : null]
      ours.set(name, name in DRAWN ? [...pictures, ...labels] : pictures)
    }
    theirs = runKeras(KERAS, { pixels: [...PIXELS], shape: SHAPE, layers: asked })
  })

  it.each([...Object.keys(FIXED), ...Object.keys(DRAWN)])('%s', (name) => {
    const [own, other] = [ours.get(name) as number[], theirs[name]]
    expect(other.length).toBe(own.length)
    own.forEach((value, i) => {
      expect(Math.abs(value - other[i]), `element ${i}: ${value}, Keras ${other[i]}`).toBeLessThan(CLOSE)
    })
  })
})
