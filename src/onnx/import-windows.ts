/** @file Convolutions and pooling: windows that slide over pictures, and over sequences. */
import { padsOf } from '../nn/layers/geometry.ts'
import { layers } from '../nn/layers/index.ts'
import type { Json } from '../nn/schema.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { biasOf } from './import-dense.ts'
import { type Importer, type ImportScope, isSpatial, layerOver, type Value, type Weight } from './import-scope.ts'
import { channelsFirst, transpose } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

/** One for each axis along which windows slide: vertical and horizontal in pictures, one in sequences. */
type Sizes = readonly number[]
/** [before, after] along each of these axes. */
type Pads = readonly (readonly [before: number, after: number])[]

/** The operand, pictures [N,C,H,W] or sequences [N,C,L], channels last on our side. */
function spatial(node: NodeArgs, scope: ImportScope): Value {
  const value = scope.value(node, 0)
  if (isSpatial(value)) return scope.reordered(node, value, channelsFirst(value.shape.length))
  throw node.unsupported('only pictures [N,C,H,W] and sequences [N,C,L] are supported', value.shape)
}

const extentOf = ({ shape }: Value): Sizes => shape.slice(2)

function sizesOf(node: NodeArgs, name: string, fallback: Sizes): Sizes {
  const value = node.ints(name)
  if (value === undefined) return fallback
  if (value.length === fallback.length && value.every((n) => Number.isSafeInteger(n) && n > 0)) return value
  throw node.unsupported(`${name} must be ${fallback.length === 1 ? 'one size' : 'two sizes'}`, value)
}

interface Window {
  readonly kernel: Sizes
  readonly strides: Sizes
  readonly dilation: Sizes
}

function windowOf(node: NodeArgs, kernel: Sizes): Window {
  const ones = kernel.map(() => 1)
  return { kernel, strides: sizesOf(node, 'strides', ones), dilation: sizesOf(node, 'dilations', ones) }
}

/** A window on a sequence is one on a picture of height 1. */
function samePads(extent: Sizes, { kernel, strides, dilation }: Window): Pads {
  return extent.map((size, axis) => {
    const along = (sizes: Sizes) => [1, sizes[axis]] as const
    const window = { kernel: along(kernel), strides: along(strides), dilation: along(dilation) }
    const [, , before, after] = padsOf([1, size], { ...window, padding: 'same' })
    return [before, after]
  })
}

/** The pads that a node asks for, whichever way it says so. */
function requestedPads(node: NodeArgs, extent: Sizes, window: Window): Pads {
  const auto = node.text('auto_pad', 'NOTSET')
  if (auto === 'VALID') return extent.map(() => [0, 0])
  if (auto === 'SAME_UPPER') return samePads(extent, window)
  if (auto === 'SAME_LOWER') return samePads(extent, window).map(([before, after]) => [after, before])
  if (auto !== 'NOTSET') throw node.unsupported('auto_pad is not known', auto)
  const axes = extent.length
  const pads = node.ints('pads') ?? new Array<number>(2 * axes).fill(0)
  if (pads.length !== 2 * axes || pads.some((pad) => !Number.isSafeInteger(pad) || pad < 0))
    throw node.unsupported(`pads must be ${axes === 1 ? 'two' : 'four'} sizes`, pads)
  return extent.map((_, axis) => [pads[axis], pads[axis + axes]])
}

/**
 * Ceil mode lets the last window begin inside the picture or its first pads and hang over the end: more pads there.
 */
function ceilPads(node: NodeArgs, extent: Sizes, { kernel, strides, dilation }: Window, pads: Pads): Pads {
  if (node.int('ceil_mode', 0) === 0) return pads
  return pads.map(([before, after], axis) => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1
    const room = extent[axis] + before + after - reach
    const extra = (strides[axis] - (room % strides[axis])) % strides[axis]
    const begin = room + extra
    return [before, begin < extent[axis] + before ? after + extra : after]
  })
}

/** Keras's word for pads, or explicit zeros before a layer that pads nothing. */
function padded(node: NodeArgs, scope: ImportScope, x: Value, window: Window, pads: Pads, zeros = true) {
  if (pads.flat().every((pad) => pad === 0)) return { x, padding: 'valid' as const }
  const plain = window.dilation.every((rate) => rate === 1) || window.strides.every((step) => step === 1)
  if (plain && samePads(extentOf(x), window).join() === pads.join()) return { x, padding: 'same' as const }
  if (!zeros) throw node.unsupported('pads other than those of "same" are not supported here', pads)
  const layer = layerOver(x, 'ZeroPaddingND', { name: scope.name(node, 'pad'), padding: pads })
  return { x: scope.made(scope.apply(layer, [x.tensor]), x.order), padding: 'valid' as const }
}

// ------------------------------------------------------------------------------ convolution

const conv: Importer = (node, scope) => {
  const value = spatial(node, scope)
  const rank = value.shape.length
  const weight = scope.weight(node, 1, rank)
  const [filters, , ...kernelSize] = weight.shape
  const window = windowOf(node, kernelSize)
  const { x, padding } = padded(node, scope, value, window, requestedPads(node, extentOf(value), window))
  const bias = biasOf(node, scope, { count: filters, axis: 1, rank }, scope.constantOrNone(node, 2))
  const { layer, kernel } = convolution(node, x, weight, {
    name: scope.name(node),
    kernelSize,
    strides: window.strides,
    dilationRate: window.dilation,
    padding,
    useBias: bias !== undefined,
  })
  return scope.made(scope.apply(layer, [x.tensor], [kernel, ...(bias ? [bias] : [])]), x.order)
}

/** Kernels are [F,C/groups,KH,KW] there, [KH,KW,C/groups,F] here; one channel a group is a depthwise convolution. */
function convolution(node: NodeArgs, x: Value, { shape, data }: Weight, args: { readonly [name: string]: Json }) {
  const [, channels] = x.shape
  const [filters, groupChannels] = shape
  const groups = node.int('group', 1)
  if (groups < 1 || groupChannels * groups !== channels || filters % groups !== 0)
    throw node.damaged(`the kernel does not fit ${channels} channels in ${groups} groups`, shape)
  const isDepthwise = groups > 1 && groups === channels
  const layer = isDepthwise
    ? layerOver(x, 'DepthwiseConvND', { ...args, depthMultiplier: filters / channels })
    : layerOver(x, 'ConvND', { ...args, filters, groups })
  return { layer, kernel: transpose(data, shape, [...windowAxes(shape), ...(isDepthwise ? [0, 1] : [1, 0])]) }
}

/** The axes of a kernel but for the first two. */
const windowAxes = (shape: Shape) => [...shape.keys()].slice(2)

/** Kernels are [C,F,KH,KW] there, [KH,KW,F,C] here. What is padded there is cut off the whole result here. */
const convTranspose: Importer = (node, scope) => {
  const x = spatial(node, scope)
  const rank = x.shape.length
  const { shape, data } = scope.weight(node, 1, rank)
  const [channels, filters, ...kernelSize] = shape
  if (channels !== x.shape[1]) throw node.damaged(`the kernel does not fit ${x.shape[1]} channels`, shape)
  const group = node.int('group', 1)
  const auto = node.text('auto_pad', 'NOTSET')
  if (group !== 1 || auto !== 'NOTSET' || node.ints('output_shape'))
    throw node.unsupported('only one group and explicit pads are supported', { group, auto })
  const window = windowOf(node, kernelSize)
  const pads = requestedPads(node, kernelSize, window)
  const bias = biasOf(node, scope, { count: filters, axis: 1, rank }, scope.constantOrNone(node, 2))
  const longer = node.ints('output_padding')
  const layer = layerOver(x, 'ConvNDTranspose', {
    name: scope.name(node),
    filters,
    kernelSize,
    strides: window.strides,
    dilationRate: window.dilation,
    outputPadding: kernelSize.map((_, axis) => longer?.[axis] ?? 0),
    useBias: bias !== undefined,
  })
  const weights = [transpose(data, shape, [...windowAxes(shape), 1, 0]), ...(bias ? [bias] : [])]
  const whole = scope.apply(layer, [x.tensor], weights)
  if (pads.flat().every((pad) => pad === 0)) return scope.made(whole, x.order)
  const crop = layerOver(x, 'CroppingND', { name: scope.name(node, 'crop'), cropping: pads })
  return scope.made(crop.apply(whole), x.order)
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
  const x = spatial(node, scope)
  if (x.shape.length !== 4) throw node.unsupported('only pictures [N,C,H,W] are supported', x.shape)
  const mode = node.text('mode', 'nearest')
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'bilinear')
    throw node.unsupported('mode is not supported', mode)
  const factors = factorsOf(node, scope, x.shape)
  const [height, width] = [2, 3].map((axis) => Math.floor(x.shape[axis] * factors[axis]))
  const [vertical, horizontal] = [height / x.shape[2], width / x.shape[3]]
  if (mode !== 'nearest' && factors.length === 4 && factors[0] === 1 && factors[1] === 1 && placesCorners(node))
    return withCornersOnCorners(node, scope, x, [height, width])
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
  return scope.made(layer.apply(x.tensor), x.order)
}

const placesCorners = (node: NodeArgs) => node.text('coordinate_transformation_mode', 'half_pixel') === 'align_corners'

/**
 * Pixel i of n out of m lies at i (m - 1) / (n - 1) of the given pixels, as in PyTorch with `align_corners`. Keras knows no such
 * layer; along each axis it is a product with a matrix that does not learn.
 */
function withCornersOnCorners(node: NodeArgs, scope: ImportScope, x: Value, [height, width]: readonly number[]): Value {
  const wide = interpolated(node, scope, scope.reordered(node, x, [0, 1, 2, 3]), width, 'width')
  return interpolated(node, scope, scope.reordered(node, wide, [0, 1, 3, 2]), height, 'height')
}

/** Along our last axis. */
function interpolated(
  node: NodeArgs,
  scope: ImportScope,
  { tensor, order }: Value,
  units: number,
  suffix: string,
): Value {
  const size = tensor.shape.at(-1) as number
  const kernel = new Float32Array(size * units)
  for (let i = 0; i < units; i++) {
    const at = units === 1 ? 0 : (i * (size - 1)) / (units - 1)
    const low = Math.min(Math.floor(at), Math.max(size - 2, 0))
    kernel[low * units + i] = 1 - (at - low)
    if (low + 1 < size) kernel[(low + 1) * units + i] = at - low
  }
  const layer = layers.dense({ name: scope.name(node, suffix), units, useBias: false, trainable: false })
  return scope.made(scope.apply(layer, [tensor], [kernel]), order)
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
  return pooled(node, scope, 'MaxPoolingND', isNeverNegative(node, scope))
}

/** The mean leaves out padding, as here, or counts it, as zeros that are part of the picture. */
const averagePool: Importer = (node, scope) => {
  return pooled(node, scope, 'AveragePoolingND', countsPads(node))
}

const countsPads = (node: NodeArgs) => node.int('count_include_pad', 0) !== 0

/** @param zeros whether pads are as good as zeros in the picture */
function pooled(node: NodeArgs, scope: ImportScope, className: string, zeros: boolean): Value {
  const value = spatial(node, scope)
  const extent = extentOf(value)
  const ones = extent.map(() => 1)
  const window = windowOf(node, sizesOf(node, 'kernel_shape', ones))
  if (window.dilation.some((rate) => rate !== 1)) throw node.unsupported('dilations are not supported', window.dilation)
  const pads = ceilPads(node, extent, window, requestedPads(node, extent, window))
  if (countsPads(node) && node.int('ceil_mode', 0) !== 0 && pads.flat().some((pad) => pad > 0))
    throw node.unsupported('ceil_mode together with counted pads is not supported', pads)
  const { x, padding } = padded(node, scope, value, window, pads, zeros)
  const args = { name: scope.name(node), poolSize: window.kernel, strides: window.strides, padding }
  return scope.made(scope.apply(layerOver(x, className, args), [x.tensor]), x.order)
}

/** Zeros never win against what a rectifier made: they are as good as no pixels. */
function isNeverNegative(node: NodeArgs, scope: ImportScope): boolean {
  const maker = scope.maker(node.inputName(0))
  return maker !== undefined && ['Relu', 'Sigmoid', 'Softmax'].includes(maker.opType)
}

function globalPool(className: string): Importer {
  return (node, scope) => {
    const x = spatial(node, scope)
    const layer = layerOver(x, className, { name: scope.name(node), keepdims: true })
    return scope.made(layer.apply(x.tensor), x.order)
  }
}

export const windowImporters: { readonly [opType: string]: Importer } = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Resize: resize,
  Upsample: resize,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool('GlobalAveragePoolingND'),
  GlobalMaxPool: globalPool('GlobalMaxPoolingND'),
}
