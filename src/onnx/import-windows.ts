/** @file Convolutions and pooling: windows that slide over pictures, and over sequences. */
import { padsOf } from '../nn/layers/geometry.ts'
import type { Json } from '../nn/schema.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { biasOf } from './import-dense.ts'
import { type Importer, type ImportScope, isSpatial, layerOver, type Value, type Weight } from './import-scope.ts'
import { OnnxPooling } from './layers.ts'
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
  const explicit = node.ints('pads')
  if (auto === 'VALID') return extent.map(() => [0, 0])
  if (auto === 'SAME_UPPER') return samePads(extent, window)
  if (auto === 'SAME_LOWER') return samePads(extent, window).map(([before, after]) => [after, before])
  if (auto !== 'NOTSET') throw node.unsupported('auto_pad is not known', auto)
  const axes = extent.length
  const pads = explicit ?? new Array<number>(2 * axes).fill(0)
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

const isNone = (pads: Pads) => pads.flat().every((pad) => pad === 0)

/** Whether Keras's "same" pads like this. */
function isSame(extent: Sizes, window: Window, pads: Pads): boolean {
  const plain = window.dilation.every((rate) => rate === 1) || window.strides.every((step) => step === 1)
  return plain && samePads(extent, window).join() === pads.join()
}

function zeroPadded(node: NodeArgs, scope: ImportScope, x: Value, pads: Pads): Value {
  if (isNone(pads)) return x
  const layer = layerOver(x, 'ZeroPaddingND', { name: scope.name(node, 'pad'), padding: pads })
  return scope.made(layer.apply(x.tensor), x.order)
}

// ------------------------------------------------------------------------------ convolution

const conv: Importer = (node, scope) => {
  const value = spatial(node, scope)
  const rank = value.shape.length
  const weight = scope.weight(node, 1, rank)
  const [filters, , ...kernelSize] = weight.shape
  const window = windowOf(node, kernelSize)
  checkKernelShape(node, kernelSize)
  const pads = requestedPads(node, extentOf(value), window)
  const same = !isNone(pads) && isSame(extentOf(value), window, pads)
  const x = same ? value : zeroPadded(node, scope, value, pads)
  const bias = biasOf(node, scope, { count: filters, axis: 1, rank }, scope.constantOrNone(node, 2))
  const { layer, kernel } = convolution(node, x, weight, {
    name: scope.name(node),
    kernelSize,
    strides: window.strides,
    dilationRate: window.dilation,
    padding: same ? 'same' : 'valid',
    useBias: bias !== undefined,
  })
  return scope.made(scope.apply(layer, [x.tensor], [kernel, ...(bias ? [bias] : [])]), x.order)
}

/** It says again what the kernel itself shows. */
function checkKernelShape(node: NodeArgs, kernelSize: Sizes): void {
  const said = sizesOf(node, 'kernel_shape', kernelSize)
  if (said.join() !== kernelSize.join())
    throw node.damaged(`kernel_shape must be that of the kernel, ${kernelSize}`, said)
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
  checkKernelShape(node, kernelSize)
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

// ------------------------------------------------------------------------------ pooling

type Pool = 'Max' | 'Average'

function poolSizeOf(node: NodeArgs, extent: Sizes): Sizes {
  if (!node.ints('kernel_shape')) throw node.damaged('kernel_shape is missing', undefined)
  return sizesOf(node, 'kernel_shape', extent)
}

/** ceil_mode and pads in every combination. What is padded never wins against pixels; a mean may count it, as zeros. */
function pooled(pool: Pool): Importer {
  return (node, scope) => {
    const value = spatial(node, scope)
    const extent = extentOf(value)
    const window = windowOf(node, poolSizeOf(node, extent))
    if (window.dilation.some((rate) => rate !== 1))
      throw node.unsupported('dilations are not supported', window.dilation)
    const asked = requestedPads(node, extent, window)
    const all = ceilPads(node, extent, window, asked)
    // In which order the places of maxima are counted: there are none here.
    if (pool === 'Max') node.ignore('storage_order')
    const counted = pool === 'Average' && node.int('count_include_pad', 0) !== 0
    if (counted) {
      // What a window of ceil mode holds beyond the pads is never counted.
      const beyond = all.map(([, after], axis) => [0, after - asked[axis][1]] as const)
      return poolOver(node, scope, zeroPadded(node, scope, value, asked), { pool, window, pads: beyond })
    }
    const isWord = isNone(all) || isSame(extent, window, all)
    if (pool === 'Average' || isWord || !isNeverNegative(node, scope))
      return poolOver(node, scope, value, { pool, window, pads: all })
    const none = all.map(() => [0, 0] as const)
    return poolOver(node, scope, zeroPadded(node, scope, value, all), { pool, window, pads: none })
  }
}

/** Keras's layer where it has a word for the pads, else a layer that takes them as numbers. */
function poolOver(
  node: NodeArgs,
  scope: ImportScope,
  x: Value,
  { pool, window, pads }: { readonly pool: Pool; readonly window: Window; readonly pads: Pads },
): Value {
  const args = { name: scope.name(node), poolSize: window.kernel, strides: window.strides }
  const padding = isNone(pads) ? 'valid' : isSame(extentOf(x), window, pads) ? 'same' : undefined
  const layer = padding
    ? layerOver(x, `${pool}PoolingND`, { ...args, padding })
    : new OnnxPooling({ ...args, function: pool === 'Max' ? 'max' : 'average', pads: pads.flat() })
  return scope.made(layer.apply(x.tensor), x.order)
}

/** Zeros never win against what a rectifier made: they are as good as no pixels, and a layer of Keras pads with them. */
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
  MaxPool: pooled('Max'),
  AveragePool: pooled('Average'),
  GlobalAveragePool: globalPool('GlobalAveragePoolingND'),
  GlobalMaxPool: globalPool('GlobalMaxPoolingND'),
}
