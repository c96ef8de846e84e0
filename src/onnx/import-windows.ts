/** @file Convolutions and pooling: windows that slide over pictures. */
import { padsOf } from '../nn/layers/geometry.ts'
import { layers } from '../nn/layers/index.ts'
import { biasOf } from './import-dense.ts'
import type { Importer, ImportScope, Value, Weight } from './import-scope.ts'
import { channelsFirst, transpose } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

type Pair = readonly [number, number]
/** Pixels [top, bottom, left, right]. */
type Pads = readonly [number, number, number, number]

const PICTURE = channelsFirst(4)

/** The operand as pictures, channels last on our side. */
function pictures(node: NodeArgs, scope: ImportScope): Value {
  const value = scope.value(node, 0)
  if (value.shape.length === 4) return scope.reordered(node, value, PICTURE)
  throw node.unsupported('only pictures [N,C,H,W] are supported', value.shape)
}

function pairOf(node: NodeArgs, name: string, fallback: Pair): Pair {
  const value = node.ints(name)
  if (value === undefined) return fallback
  const [vertical, horizontal, ...rest] = value
  const fits = rest.length === 0 && [vertical, horizontal].every((n) => Number.isSafeInteger(n) && n > 0)
  if (fits) return [vertical, horizontal]
  throw node.unsupported(`${name} must be two sizes`, value)
}

interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  readonly dilation: Pair
}

function windowOf(node: NodeArgs, kernel: Pair): Window {
  return { kernel, strides: pairOf(node, 'strides', [1, 1]), dilation: pairOf(node, 'dilations', [1, 1]) }
}

function samePads(size: Pair, window: Window): Pads {
  return padsOf(size, { ...window, padding: 'same' })
}

/** The pads that a node asks for, whichever way it says so. */
function requestedPads(node: NodeArgs, size: Pair, window: Window): Pads {
  const auto = node.text('auto_pad', 'NOTSET')
  if (auto === 'VALID') return [0, 0, 0, 0]
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const [top, bottom, left, right] = samePads(size, window)
    return auto === 'SAME_UPPER' ? [top, bottom, left, right] : [bottom, top, right, left]
  }
  if (auto !== 'NOTSET') throw node.unsupported('auto_pad is not known', auto)
  const pads = node.ints('pads') ?? [0, 0, 0, 0]
  if (pads.length !== 4 || pads.some((pad) => !Number.isSafeInteger(pad) || pad < 0))
    throw node.unsupported('pads must be four sizes', pads)
  const [top, left, bottom, right] = pads
  return [top, bottom, left, right]
}

/**
 * Ceil mode lets the last window begin inside the picture or its first pads and hang over the end: more pads there.
 */
function ceilPads(node: NodeArgs, size: Pair, { kernel, strides, dilation }: Window, pads: Pads): Pads {
  if (node.int('ceil_mode', 0) === 0) return pads
  const along = (axis: 0 | 1): Pair => {
    const [before, after] = axis === 0 ? [pads[0], pads[1]] : [pads[2], pads[3]]
    const reach = (kernel[axis] - 1) * dilation[axis] + 1
    const room = size[axis] + before + after - reach
    const extra = (strides[axis] - (room % strides[axis])) % strides[axis]
    const begin = room + extra
    return [before, begin < size[axis] + before ? after + extra : after]
  }
  return [...along(0), ...along(1)] as unknown as Pads
}

/** Keras's word for pads, or explicit zeros before a layer that pads nothing. */
function padded(node: NodeArgs, scope: ImportScope, x: Value, window: Window, pads: Pads, zeros = true) {
  if (pads.every((pad) => pad === 0)) return { x, padding: 'valid' as const }
  const [, , height, width] = x.shape
  const plain = window.dilation.every((rate) => rate === 1) || window.strides.every((step) => step === 1)
  if (plain && samePads([height, width], window).every((pad, side) => pad === pads[side]))
    return { x, padding: 'same' as const }
  if (!zeros) throw node.unsupported('pads other than those of "same" are not supported here', pads)
  const [top, bottom, left, right] = pads
  const sides = [
    [top, bottom],
    [left, right],
  ] as const
  const layer = layers.zeroPadding2d({ name: scope.name(node, 'pad'), padding: sides })
  return { x: scope.made(scope.apply(layer, [x.tensor]), PICTURE), padding: 'valid' as const }
}

// ------------------------------------------------------------------------------ convolution

const conv: Importer = (node, scope) => {
  const picture = pictures(node, scope)
  const weight = scope.weight(node, 1, 4)
  const [filters, , height, width] = weight.shape
  const window = windowOf(node, [height, width])
  const [, , ...size] = picture.shape
  const pads = requestedPads(node, size as unknown as Pair, window)
  const { x, padding } = padded(node, scope, picture, window, pads)
  const bias = biasOf(node, scope, { count: filters, axis: 1, rank: 4 }, scope.constantOrNone(node, 2))
  const common = {
    name: scope.name(node),
    kernelSize: window.kernel,
    strides: window.strides,
    dilationRate: window.dilation,
    padding,
    useBias: bias !== undefined,
  }
  const { layer, kernel } = convolution(node, x.shape[1], weight, common)
  const weights = [kernel, ...(bias ? [bias] : [])]
  return scope.made(scope.apply(layer, [x.tensor], weights), PICTURE)
}

interface CommonArgs {
  readonly name: string
  readonly kernelSize: Pair
  readonly strides: Pair
  readonly dilationRate: Pair
  readonly padding: 'same' | 'valid'
  readonly useBias: boolean
}

/** Kernels are [F,C/groups,KH,KW] there, [KH,KW,C/groups,F] here; one channel a group is a depthwise convolution. */
function convolution(node: NodeArgs, channels: number, weight: Weight, args: CommonArgs) {
  const { shape, data } = weight
  const [filters, groupChannels] = shape
  const groups = node.int('group', 1)
  if (groups < 1 || groupChannels * groups !== channels || filters % groups !== 0)
    throw node.damaged(`the kernel does not fit ${channels} channels in ${groups} groups`, shape)
  if (groups > 1 && groups === channels) {
    const layer = layers.depthwiseConv2d({ ...args, depthMultiplier: filters / channels })
    return { layer, kernel: transpose(data, shape, [2, 3, 0, 1]) }
  }
  return { layer: layers.conv2d({ ...args, filters, groups }), kernel: transpose(data, shape, [2, 3, 1, 0]) }
}

/** Kernels are [C,F,KH,KW] there, [KH,KW,F,C] here. What is padded there is cut off the whole result here. */
const convTranspose: Importer = (node, scope) => {
  const x = pictures(node, scope)
  const { shape, data } = scope.weight(node, 1, 4)
  const [channels, filters, height, width] = shape
  if (channels !== x.shape[1]) throw node.damaged(`the kernel does not fit ${x.shape[1]} channels`, shape)
  const group = node.int('group', 1)
  const auto = node.text('auto_pad', 'NOTSET')
  if (group !== 1 || auto !== 'NOTSET' || node.ints('output_shape'))
    throw node.unsupported('only one group and explicit pads are supported', { group, auto })
  const { kernel, strides, dilation } = windowOf(node, [height, width])
  const [top, bottom, left, right] = requestedPads(node, kernel, { kernel, strides, dilation })
  const bias = biasOf(node, scope, { count: filters, axis: 1, rank: 4 }, scope.constantOrNone(node, 2))
  const [below = 0, behind = 0] = node.ints('output_padding') ?? []
  const layer = layers.conv2dTranspose({
    name: scope.name(node),
    filters,
    kernelSize: kernel,
    strides,
    dilationRate: dilation,
    outputPadding: [below, behind],
    useBias: bias !== undefined,
  })
  const weights = [transpose(data, shape, [2, 3, 1, 0]), ...(bias ? [bias] : [])]
  const whole = scope.apply(layer, [x.tensor], weights)
  if ([top, bottom, left, right].every((pad) => pad === 0)) return scope.made(whole, PICTURE)
  const cropping = [
    [top, bottom],
    [left, right],
  ] as const
  return scope.made(layers.cropping2d({ name: scope.name(node, 'crop'), cropping }).apply(whole), PICTURE)
}

// ------------------------------------------------------------------------------ sizes

/** How a resized picture may be asked for so that it comes out as here; see ops/resize2d. */
function isAsHere(node: NodeArgs, mode: string, factors: readonly number[]): boolean {
  const place = node.text('coordinate_transformation_mode', 'half_pixel')
  const halves = place === 'half_pixel' || place === 'pytorch_half_pixel'
  if (mode !== 'nearest') return halves
  const rounding = node.text('nearest_mode', 'round_prefer_floor')
  if (place === 'tf_half_pixel_for_nn' || (halves && rounding === 'round_prefer_ceil')) return true
  // Whole factors repeat pixels, however they are rounded.
  const whole = factors.every((factor) => Number.isInteger(factor))
  return whole && ((halves && rounding === 'round_prefer_floor') || (place === 'asymmetric' && rounding === 'floor'))
}

const resize: Importer = (node, scope) => {
  const x = pictures(node, scope)
  const mode = node.text('mode', 'nearest')
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'bilinear')
    throw node.unsupported('mode is not supported', mode)
  const factors = factorsOf(node, scope, x.shape)
  const [height, width] = [2, 3].map((axis) => Math.floor(x.shape[axis] * factors[axis]))
  const [vertical, horizontal] = [height / x.shape[2], width / x.shape[3]]
  // An Upsample, of older files, places pixels as the asymmetric Resize does.
  const old = node.node.opType === 'Upsample'
  const fits = old
    ? mode === 'nearest' && Number.isInteger(vertical) && Number.isInteger(horizontal)
    : isAsHere(node, mode, [vertical, horizontal])
  if (factors.length !== 4 || factors[0] !== 1 || factors[1] !== 1 || !fits)
    throw node.unsupported('this way to resize is not supported', node.text('coordinate_transformation_mode', mode))
  const interpolation = mode === 'nearest' ? 'nearest' : 'bilinear'
  const name = scope.name(node)
  const layer =
    Number.isInteger(vertical) && Number.isInteger(horizontal)
      ? layers.upSampling2d({ name, size: [vertical, horizontal], interpolation })
      : layers.resizing({ name, height, width, interpolation })
  return scope.made(layer.apply(x.tensor), PICTURE)
}

/** From sizes or scales, which are operands in the newer versions and attributes in the oldest. */
function factorsOf(node: NodeArgs, scope: ImportScope, shape: readonly number[]): readonly number[] {
  const isOld = node.node.opType === 'Upsample' || node.opset < 11
  const sizes = isOld ? undefined : scope.constantOrNone(node, 3)
  if (sizes && sizes.data.length > 0) return shape.map((size, axis) => sizes.data[axis] / size)
  const scales = scope.constantOrNone(node, isOld ? 1 : 2)
  const factors = scales ? [...scales.data] : node.attribute('scales', 'floats', undefined)
  if (factors && factors.length === shape.length && factors.every((factor) => factor > 0 && factor < 1e6))
    return factors
  throw node.unsupported('neither sizes nor scales are known', factors)
}

// ------------------------------------------------------------------------------ pooling

const maxPool: Importer = (node, scope) => {
  if (node.node.outputs.length > 1) throw node.unsupported('the places of the maxima are not supported', 'two outputs')
  const { x, args } = pooling(node, scope, false)
  return scope.made(scope.apply(layers.maxPooling2d(args), [x.tensor]), PICTURE)
}

/** The mean leaves out padding, as here, or counts it, as zeros that are part of the picture. */
const averagePool: Importer = (node, scope) => {
  const countsPads = node.int('count_include_pad', 0) !== 0
  const { x, args } = pooling(node, scope, countsPads)
  return scope.made(scope.apply(layers.averagePooling2d(args), [x.tensor]), PICTURE)
}

function pooling(node: NodeArgs, scope: ImportScope, countsPads: boolean) {
  const picture = pictures(node, scope)
  const window = windowOf(node, pairOf(node, 'kernel_shape', [1, 1]))
  if (window.dilation.some((rate) => rate !== 1)) throw node.unsupported('dilations are not supported', window.dilation)
  const [, , height, width] = picture.shape
  const size = [height, width] as const
  const pads = ceilPads(node, size, window, requestedPads(node, size, window))
  if (countsPads && node.int('ceil_mode', 0) !== 0 && pads.some((pad) => pad > 0))
    throw node.unsupported('ceil_mode together with counted pads is not supported', pads)
  const isMax = node.node.opType === 'MaxPool'
  const zeros = countsPads || (isMax && isNeverNegative(node, scope))
  const { x, padding } = padded(node, scope, picture, window, pads, zeros)
  return { x, args: { name: scope.name(node), poolSize: window.kernel, strides: window.strides, padding } }
}

/** Zeros never win against what a rectifier made: they are as good as no pixels. */
function isNeverNegative(node: NodeArgs, scope: ImportScope): boolean {
  const maker = scope.maker(node.inputName(0))
  return maker !== undefined && ['Relu', 'Sigmoid', 'Softmax'].includes(maker.opType)
}

const globalAverage: Importer = (node, scope) => {
  const layer = layers.globalAveragePooling2d({ name: scope.name(node), keepdims: true })
  return scope.made(layer.apply(pictures(node, scope).tensor), PICTURE)
}

const globalMax: Importer = (node, scope) => {
  const layer = layers.globalMaxPooling2d({ name: scope.name(node), keepdims: true })
  return scope.made(layer.apply(pictures(node, scope).tensor), PICTURE)
}

export const windowImporters: { readonly [opType: string]: Importer } = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Resize: resize,
  Upsample: resize,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAverage,
  GlobalMaxPool: globalMax,
}
