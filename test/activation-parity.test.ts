/**
 * @file Every activation, ReLU variant and normalization before and after every kind of layer, with and without bias, read
 * once and twice: one training step on the wasm engine as on the reference engine. What a kernel fuses forward and what the
 * gradients read again must agree, whatever stands next to what.
 */
import { expect, it } from 'vitest'
import { input, layers, model } from '../src/index.ts'
import { type ActivationName, activations } from '../src/nn/activations.ts'
import type { SymbolicTensor } from '../src/nn/layer.ts'
import { someNumbers } from './parity/data.ts'
import { differences, type Trial } from './parity/step-parity.ts'

type Part = (x: SymbolicTensor) => SymbolicTensor

const UNITS: { readonly [name: string]: Part } = {
  ...Object.fromEntries(
    Object.keys(activations).map((name): [string, Part] => [
      name,
      (x) => layers.activation({ activation: name as ActivationName }).apply(x),
    ]),
  ),
  // Kept small: the exponential of an exponential soon leaves what f32 can hold.
  exponential: (x) => layers.activation({ activation: 'exponential' }).apply(layers.rescaling({ scale: 0.1 }).apply(x)),
  'ReLU maxValue': (x) => layers.reLU({ maxValue: 0.5 }).apply(x),
  'ReLU negativeSlope': (x) => layers.reLU({ negativeSlope: 0.1 }).apply(x),
  'ReLU threshold': (x) => layers.reLU({ threshold: 0.2 }).apply(x),
  'ReLU threshold, maxValue': (x) => layers.reLU({ threshold: 0.2, maxValue: 0.9 }).apply(x),
  'ReLU negativeSlope, threshold': (x) => layers.reLU({ negativeSlope: 0.3, threshold: 0.1 }).apply(x),
  'ReLU with everything': (x) => layers.reLU({ negativeSlope: 0.3, threshold: 0.1, maxValue: 0.8 }).apply(x),
  LeakyReLU: (x) => layers.leakyReLU().apply(x),
  ELU: (x) => layers.elu({ alpha: 0.7 }).apply(x),
  PReLU: (x) => layers.prelu({ alphaInitializer: 'ones' }).apply(x),
  Softmax: (x) => layers.softmax().apply(x),
  BatchNormalization: (x) => layers.batchNormalization().apply(x),
  'BatchNormalization, ReLU': (x) => layers.reLU({ maxValue: 6 }).apply(layers.batchNormalization().apply(x)),
  'BatchNormalization without scale': (x) => layers.batchNormalization({ scale: false, center: false }).apply(x),
  LayerNormalization: (x) => layers.layerNormalization().apply(x),
  GroupNormalization: (x) => layers.groupNormalization({ groups: 2 }).apply(x),
  RMSNormalization: (x) => layers.rmsNormalization().apply(x),
  UnitNormalization: (x) => layers.unitNormalization().apply(x),
  Dropout: (x) => layers.dropout({ rate: 0.3, seed: 5 }).apply(x),
  SpatialDropout2D: (x) => (x.shape.length === 4 ? layers.spatialDropout2d({ rate: 0.3, seed: 5 }).apply(x) : x),
}

interface Kind {
  /** [H,W,C] or [C]. */
  readonly shape: readonly number[]
  apply(x: SymbolicTensor, useBias: boolean): SymbolicTensor
}

const IMAGE = [5, 5, 4]

const KINDS: { readonly [name: string]: Kind } = {
  Conv2D: image((useBias) => layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias })),
  'Conv2D, strides': image((useBias) => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias })),
  'Conv2D 1x1': image((useBias) => layers.conv2d({ filters: 6, kernelSize: 1, useBias })),
  'Conv2D, groups': image((useBias) => layers.conv2d({ filters: 4, kernelSize: 2, groups: 2, useBias })),
  DepthwiseConv2D: image((useBias) => layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias })),
  SeparableConv2D: image((useBias) => layers.separableConv2d({ filters: 4, kernelSize: 3, useBias })),
  Conv2DTranspose: image((useBias) => layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2, useBias })),
  MaxPooling2D: image(() => layers.maxPooling2d()),
  AveragePooling2D: image(() => layers.averagePooling2d({ padding: 'same' })),
  GlobalAveragePooling2D: image(() => layers.globalAveragePooling2d({ keepdims: true })),
  GlobalMaxPooling2D: image(() => layers.globalMaxPooling2d({ keepdims: true })),
  UpSampling2D: image(() => layers.upSampling2d()),
  Flatten: image(() => layers.flatten()),
  Add: image((useBias) => merged((x, y) => layers.add().apply([x, y]), useBias)),
  Multiply: image((useBias) => merged((x, y) => layers.multiply().apply([x, y]), useBias)),
  Maximum: image((useBias) => merged((x, y) => layers.maximum().apply([x, y]), useBias)),
  Concatenate: image((useBias) => merged((x, y) => layers.concatenate().apply([y, x]), useBias)),
  Dense: { shape: [8], apply: (x, useBias) => layers.dense({ units: 6, useBias }).apply(x) },
  'Dense on rows': { shape: [3, 4], apply: (x, useBias) => layers.dense({ units: 6, useBias }).apply(x) },
  Conv1D: {
    shape: [6, 4],
    apply: (x, useBias) => layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', useBias }).apply(x),
  },
  SeparableConv1D: {
    shape: [6, 4],
    apply: (x, useBias) => layers.separableConv1d({ filters: 4, kernelSize: 3, useBias }).apply(x),
  },
}

function image(make: (useBias: boolean) => { apply: Part }): Kind {
  return { shape: IMAGE, apply: (x, useBias) => make(useBias).apply(x) }
}

/** A residual connection around a convolution. */
function merged(merge: (x: SymbolicTensor, y: SymbolicTensor) => SymbolicTensor, useBias: boolean): { apply: Part } {
  const around = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias })
  return { apply: (x) => merge(x, around.apply(x)) }
}

/** A layer with weights that keeps the shape: gradients reach what stands behind it, and it what stands before. */
function stem(x: SymbolicTensor, useBias: boolean): SymbolicTensor {
  const channels = Number(x.shape.at(-1))
  return x.shape.length === 4
    ? layers.conv2d({ filters: channels, kernelSize: 3, padding: 'same', useBias }).apply(x)
    : layers.dense({ units: channels, useBias }).apply(x)
}

function head(x: SymbolicTensor): SymbolicTensor {
  return layers.dense({ units: 2 }).apply(layers.flatten().apply(x))
}

/** One network with a branch for each way to put the two together. */
function trial(unit: string, kind: Kind): Trial {
  const place = UNITS[unit]
  const visible = input({ shape: kind.shape })
  const outputs: SymbolicTensor[] = []
  for (const useBias of [true, false]) {
    const before = place(stem(visible, useBias))
    outputs.push(head(kind.apply(before, useBias)))
    const after = place(kind.apply(stem(visible, useBias), useBias))
    outputs.push(head(after))
    const between = place(kind.apply(place(stem(visible, useBias)), useBias))
    outputs.push(head(stem(between, useBias)))
    const twice = place(stem(visible, useBias))
    outputs.push(head(kind.apply(twice, useBias)), head(twice))
    const readTwice = place(kind.apply(stem(visible, useBias), useBias))
    outputs.push(head(stem(readTwice, useBias)), head(place(stem(readTwice, !useBias))))
  }
  const net = model({ inputs: visible, outputs: layers.concatenate().apply(outputs) })
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  return { net, x: [someNumbers([3, ...kind.shape], 1)], y: [someNumbers([3, 2 * outputs.length], 2)] }
}

const PAIRS = Object.keys(UNITS).flatMap((unit) => Object.keys(KINDS).map((kind) => ({ unit, kind })))

it.each(PAIRS)('$unit before and after $kind trains as the reference says', async ({ unit, kind }) => {
  expect(await differences(() => trial(unit, KINDS[kind]))).toEqual([])
})
