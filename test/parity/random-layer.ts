/** @file The next line of a random network: a layer, or a small block of layers, on some tensors of those there are. */
import type { Random } from '../../src/base/random.ts'
import { activations } from '../../src/nn/activations.ts'
import type { SymbolicTensor } from '../../src/nn/layer.ts'
import type { Line } from './random-network.ts'

/** Beyond these, steps take long and sums lose digits. */
const MOST_ELEMENTS = 2000

/** `exponential` leaves f32 when layers follow each other. */
const ACTIVATIONS = Object.keys(activations).filter((name) => name !== 'exponential')

type Add = (line: Line) => number

/** What a choice has to know. */
interface Spot {
  readonly random: Random
  readonly tensors: readonly SymbolicTensor[]
  readonly add: Add
  /** The tensor to go on from. */
  readonly at: number
  readonly shape: readonly number[]
}

export function randomLayer(random: Random, tensors: readonly SymbolicTensor[], add: Add): void {
  // Mostly on from the last, at times from an earlier one: that makes branches.
  const at = random.int(4) === 0 ? random.int(tensors.length) : tensors.length - 1
  const shape = tensors[at].shape.slice(1) as number[]
  const choices = [...(shape.length === 3 ? ON_IMAGES : shape.length === 2 ? ON_ROWS : []), ...ANYWHERE]
  pick(random, choices)({ random, tensors, add, at, shape })
}

function pick<T>(random: Random, of: readonly T[]): T {
  return of[random.int(of.length)]
}

const often = (random: Random) => random.int(3) > 0
const seldom = (random: Random) => random.int(6) === 0

function activationOf(random: Random): string | null {
  return often(random) ? pick(random, ['relu', 'relu', ...ACTIVATIONS]) : null
}

/** What layers with a kernel share. */
function weightArgs(random: Random, kernel = 'kernel'): object {
  return {
    useBias: often(random),
    activation: activationOf(random),
    ...(seldom(random) ? { [`${kernel}Regularizer`]: pick(random, ['l1', 'l2', 'l1l2']) } : {}),
    ...(seldom(random) ? { [`${kernel}Constraint`]: pick(random, ['maxNorm', 'nonNeg', 'unitNorm']) } : {}),
    ...(seldom(random) ? { [`${kernel}Initializer`]: pick(random, ['heNormal', 'lecunUniform', 'orthogonal']) } : {}),
  }
}

/** Kernel, strides or dilation, and padding that fit the picture. */
function windowArgs(random: Random, [height, width]: readonly number[]): object {
  const kernelSize = Math.min(1 + random.int(3), height, width)
  const padding = pick(random, ['same', 'valid'])
  const fits = (kernelSize - 1) * 2 < Math.min(height, width)
  const form = random.int(4)
  return { kernelSize, padding, ...(form === 0 ? { strides: 2 } : form === 1 && fits ? { dilationRate: 2 } : {}) }
}

const widths = (random: Random) => pick(random, [1, 2, 3, 4, 6, 8, 16])

const ON_IMAGES: readonly ((spot: Spot) => void)[] = [
  (spot) => line(spot, 'conv2d', { ...convArgs(spot), ...windowArgs(spot.random, spot.shape) }),
  (spot) =>
    line(spot, 'conv2d', { filters: widths(spot.random), kernelSize: 3, padding: 'same', ...weightArgs(spot.random) }),
  (spot) => line(spot, 'conv2d', { filters: widths(spot.random), kernelSize: 1, ...weightArgs(spot.random) }),
  ({ random, ...spot }) =>
    line(spot, 'depthwiseConv2d', {
      ...windowArgs(random, spot.shape),
      ...weightArgs(random, 'depthwise'),
      depthMultiplier: 1 + random.int(2),
    }),
  ({ random, ...spot }) =>
    line(spot, 'separableConv2d', {
      filters: widths(random),
      ...windowArgs(random, spot.shape),
      ...weightArgs(random, 'pointwise'),
      depthMultiplier: 1 + random.int(2),
    }),
  ({ random, ...spot }) =>
    spot.shape[0] * spot.shape[1] * 4 <= 200 &&
    line(spot, 'conv2dTranspose', {
      filters: widths(random),
      kernelSize: 1 + random.int(3),
      strides: 2,
      ...weightArgs(random),
    }),
  (spot) => line(spot, pick(spot.random, ['maxPooling2d', 'averagePooling2d']), poolArgs(spot)),
  (spot) =>
    line(spot, pick(spot.random, ['globalAveragePooling2d', 'globalMaxPooling2d']), { keepdims: often(spot.random) }),
  (spot) => spot.shape[0] * spot.shape[1] <= 30 && line(spot, 'upSampling2d', { size: 2 }),
  (spot) => line(spot, 'zeroPadding2d', { padding: 1 }),
  (spot) => Math.min(spot.shape[0], spot.shape[1]) > 3 && line(spot, 'cropping2d', { cropping: 1 }),
  (spot) => line(spot, 'reshape', { targetShape: [spot.shape[0] * spot.shape[1], spot.shape[2]] }),
  (spot) => line(spot, 'permute', { dims: [2, 1, 3] }),
  (spot) => line(spot, 'spatialDropout2d', { rate: 0.3, seed: 4 }),
  squeezeAndExcite,
  residual,
  shared,
  exchange,
]

const ON_ROWS: readonly ((spot: Spot) => void)[] = [
  ({ random, ...spot }) =>
    line(spot, 'conv1d', {
      filters: widths(random),
      kernelSize: Math.min(3, spot.shape[0]),
      padding: pick(random, ['same', 'valid', 'causal']),
      ...weightArgs(random),
    }),
  ({ random, ...spot }) =>
    line(spot, 'separableConv1d', { filters: widths(random), kernelSize: 1, ...weightArgs(random, 'pointwise') }),
  (spot) => line(spot, pick(spot.random, ['globalAveragePooling1d', 'globalMaxPooling1d']), {}),
  (spot) => spot.shape[0] > 1 && line(spot, pick(spot.random, ['maxPooling1d', 'averagePooling1d']), {}),
]

const ANYWHERE: readonly ((spot: Spot) => void)[] = [
  (spot) => line(spot, 'activation', { activation: pick(spot.random, ACTIVATIONS) }),
  (spot) => line(spot, 'reLU', reluArgs(spot.random)),
  (spot) => line(spot, 'leakyReLU', {}),
  (spot) => line(spot, 'prelu', { alphaInitializer: 'ones' }),
  (spot) => line(spot, 'elu', { alpha: 0.5 }),
  normalize,
  normalize,
  (spot) => line(spot, 'dropout', { rate: 0.25, seed: 3 }),
  (spot) => line(spot, 'dense', { units: widths(spot.random), ...weightArgs(spot.random) }),
  (spot) => line(spot, 'rescaling', { scale: 0.5, offset: 0.1 }),
  (spot) => line(spot, 'activityRegularization', { l2: 0.01 }),
  merge,
  merge,
]

function line(
  { add, at, shape }: Pick<Spot, 'add' | 'at' | 'shape'>,
  factory: string,
  args: object,
): number | undefined {
  const size = shape.reduce((product, side) => product * side, 1)
  return size > MOST_ELEMENTS && factory !== 'averagePooling2d' ? undefined : add({ factory, args, inputs: [at] })
}

function convArgs({ random, shape }: Spot): object {
  const channels = shape[2]
  const groups = seldom(random) && channels % 2 === 0 ? 2 : 1
  return { filters: groups * (1 + random.int(6)), ...weightArgs(random), ...(groups > 1 ? { groups } : {}) }
}

function poolArgs({ random, shape: [height, width] }: Spot): object {
  const poolSize = Math.min(2 + random.int(2), height, width)
  return { poolSize, strides: 1 + random.int(2), padding: pick(random, ['same', 'valid']) }
}

function reluArgs(random: Random): object {
  return {
    ...(random.int(2) ? { maxValue: pick(random, [0.5, 1, 6]) } : {}),
    ...(random.int(2) ? { negativeSlope: 0.1 } : {}),
    ...(random.int(2) ? { threshold: 0.2 } : {}),
  }
}

function normalize({ random, ...spot }: Spot): void {
  const channels = spot.shape.at(-1) as number
  const scale = often(random)
  // What is constant comes out as this beta, and not as rounding noise around 0, of which a ReLU might see either side.
  const common = { epsilon: 0.1, betaInitializer: 'randomNormal' }
  const choices: (readonly [string, object])[] = [['batchNormalization', { scale, ...common }]]
  // Of one number alone, the others leave a sign or nothing: rounding decides.
  if (channels > 2)
    choices.push(
      ['layerNormalization', { scale, ...common }],
      ['rmsNormalization', { epsilon: 0.1 }],
      ['unitNormalization', {}],
      ['groupNormalization', { groups: 1, ...common }],
    )
  line(spot, ...pick(random, choices))
}

/** Two or three tensors of equal shape, or such that stand beside each other. */
function merge({ random, tensors, add, at, shape }: Spot): void {
  const equal = [...tensors.keys()].filter((i) => i !== at && String(tensors[i].shape.slice(1)) === String(shape))
  if (equal.length === 0) return
  const factory = pick(random, ['add', 'add', 'multiply', 'subtract', 'average', 'maximum', 'minimum', 'concatenate'])
  const third = factory !== 'subtract' && equal.length > 1 && random.int(3) === 0 ? [pick(random, equal)] : []
  add({ factory, args: {}, inputs: [at, pick(random, equal), ...third] })
}

/** Hu et al., "Squeeze-and-excitation networks", CVPR 2018. */
function squeezeAndExcite({ random, add, at, shape }: Spot): void {
  const pooled = add({ factory: 'globalAveragePooling2d', args: { keepdims: true }, inputs: [at] })
  const conv = (from: number, filters: number, activation: string) =>
    add({ factory: 'conv2d', args: { filters, kernelSize: 1, activation }, inputs: [from] })
  const squeezed = conv(pooled, 2, activationOf(random) ?? 'relu')
  const excited = conv(squeezed, shape[2], pick(random, ['sigmoid', 'hardSigmoid']))
  add({ factory: 'multiply', args: {}, inputs: [at, excited] })
}

function residual({ random, add, at, shape }: Spot): void {
  const args = { filters: shape[2], kernelSize: 3, padding: 'same', ...weightArgs(random) }
  const first = add({ factory: pick(random, ['conv2d', 'separableConv2d']), args: forBoth(args), inputs: [at] })
  const second = add({
    factory: 'batchNormalization',
    args: { epsilon: 0.1, betaInitializer: 'randomNormal' },
    inputs: [first],
  })
  const sum = add({ factory: 'add', args: {}, inputs: random.int(2) ? [at, second] : [second, at] })
  add({ factory: 'activation', args: { activation: pick(random, ['relu', 'silu', 'hardSilu']) }, inputs: [sum] })
}

/** Without what only one of the two kinds of convolution knows. */
function forBoth(args: object): object {
  return Object.fromEntries(
    Object.entries(args).filter(([name]) => !name.startsWith('kernel') || name === 'kernelSize'),
  )
}

/** One layer on two tensors, of which the second comes from the first. */
function shared({ random, add, at, shape }: Spot): void {
  const args = { filters: shape[2], kernelSize: 3, padding: 'same', ...weightArgs(random) }
  const first = add({ factory: 'conv2d', args, inputs: [at] })
  add({ factory: 'conv2d', args, inputs: [first], shares: first })
}

/** Two scales, each of which gets what the other has computed. Sun et al., CVPR 2019. */
function exchange({ random, add, at, shape: [height, width, channels] }: Spot): void {
  if (height % 2 || width % 2) return
  const from = (input: number, factory: string, args: object) => add({ factory, args, inputs: [input] })
  const args = { filters: channels, kernelSize: 3, padding: 'same' }
  const start = (strides: number) =>
    from(
      from(from(at, 'conv2d', { ...args, strides }), 'batchNormalization', { epsilon: 0.1 }),
      'reLU',
      reluArgs(random),
    )
  const [large, small] = [start(1), start(2)]
  add({ factory: 'add', args: {}, inputs: [large, from(small, 'upSampling2d', { size: 2 })] })
  add({ factory: 'add', args: {}, inputs: [small, from(large, 'maxPooling2d', { poolSize: 2 })] })
}
