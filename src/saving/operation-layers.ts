/**
 * @file Which layer computes what a function on symbolic tensors computes, by the function's name: `add` of two tensors is
 * `Add`, of a tensor and a number `Rescaling`. How such calls stand in files is in `operations.ts`.
 */
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import type { Layer } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import type { TensorReference } from './connections.ts'

/** One for all, or one for each place along the last axis. */
export type Numbers = number | readonly number[]
export type Operand = TensorReference | Numbers

/** A function, called. */
export interface Call {
  /** Tensors and numbers in their order. */
  readonly operands: readonly Operand[]
  /** All other arguments but those that are null. */
  readonly options: JsonObject
  readonly named: { readonly name: string }
}

/** Undefined when there is no layer for these operands and options. */
type Maker = (call: Call) => Layer | undefined

/** The layer that computes a call; undefined when none does. */
export function layerOf(key: string, call: Call): Layer | undefined {
  return MAKERS.get(RENAMED.get(key) ?? key)?.(call)
}

export function isKnown(key: string): boolean {
  return MAKERS.has(RENAMED.get(key) ?? key)
}

export function isNumbers(operand: Operand): operand is Numbers {
  return typeof operand === 'number' || Array.isArray(operand)
}

// ------------------------------------------------------------------------------ arithmetic

/** x scale + offset */
interface Affine {
  readonly scale: number
  readonly offset: number
}

/** An operation on two operands. */
interface Arithmetic {
  readonly both?: (named: Call['named']) => Layer
  readonly withNumber?: (c: number) => Affine
  /** The number comes first. */
  readonly ofNumber?: (c: number) => Affine
}

const plus = (c: number): Affine => ({ scale: 1, offset: c })
const times = (c: number): Affine => ({ scale: c, offset: 0 })

function arithmetic({ both, withNumber, ofNumber }: Arithmetic): Maker {
  return ({ operands, options, named }) => {
    const [first, second] = operands
    if (!onlyUsual(options, { data_format: 'NHWC' })) return undefined
    if (operands.length === 2 && isNumbers(second)) return withNumber && affine([second].flat().map(withNumber), named)
    if (operands.length === 2 && isNumbers(first)) return ofNumber && affine([first].flat().map(ofNumber), named)
    return operands.some(isNumbers) ? undefined : both?.(named)
  }
}

/** Where each channel has a scale and an offset of its own, (x - mean) / sqrt(variance) computes them, of positive scales. */
function affine(channels: readonly Affine[], named: Call['named']): Layer | undefined {
  if (channels.length === 1) return layers.rescaling({ ...channels[0], ...named })
  if (channels.some(({ scale }) => !(scale > 0))) return undefined
  const mean = channels.map(({ scale, offset }) => -offset / scale)
  return layers.normalization({ mean, variance: channels.map(({ scale }) => 1 / scale ** 2), ...named })
}

// ------------------------------------------------------------------------------ functions of one tensor

type ActivationName = Extract<Parameters<typeof layers.activation>[0]['activation'], string>

/** @param usual options that may be there, and what they must be */
function activation(name: ActivationName, usual: JsonObject = {}): Maker {
  return ofOne(({ options, named }) =>
    onlyUsual(options, usual) ? layers.activation({ activation: name, ...named }) : undefined,
  )
}

function ofOne(make: Maker): Maker {
  return (call) => (call.operands.length === 1 && !isNumbers(call.operands[0]) ? make(call) : undefined)
}

function onlyUsual(options: JsonObject, usual: JsonObject): boolean {
  return Object.entries(options).every(([key, value]) => isSame(usual[key], value))
}

function isSame(a: JsonValue | undefined, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

const leakyRelu: Maker = ({ options, named }) => {
  const { alpha, negative_slope: negativeSlope = alpha ?? 0.2, ...others } = options
  return isEmpty(others) && typeof negativeSlope === 'number' && negativeSlope >= 0
    ? layers.leakyReLU({ negativeSlope, ...named })
    : undefined
}

const softmax: Maker = ({ options, named }) => {
  const { axis = -1, ...others } = options
  if (!isEmpty(others) || !Number.isSafeInteger(axis)) return undefined
  return axis === -1
    ? layers.activation({ activation: 'softmax', ...named })
    : layers.softmax({ axis: axis as number, ...named })
}

const clip: Maker = ({ options, named }) => {
  const { clip_value_min: min2, clip_value_max: max2, x_min: min = min2, x_max: max = max2, ...others } = options
  if (!isEmpty(others) || typeof max !== 'number') return undefined
  if (min === -1 && max === 1) return layers.activation({ activation: 'hardTanh', ...named })
  return min === 0 && max >= 0 ? layers.reLU({ maxValue: max, ...named }) : undefined
}

/** Of a tensor and a number only where that is 0. */
const maximum: Maker = (call) => {
  const { operands, named } = call
  return operands.length === 2 && operands.includes(0) && isEmpty(call.options)
    ? layers.reLU(named)
    : arithmetic({ both: layers.maximum })(call)
}

const l2Normalize: Maker = ({ options, named }) => {
  const { axis, epsilon, order, ...others } = options
  const isUsual = isEmpty(others) && (epsilon ?? 1e-12) === 1e-12 && (order ?? 2) === 2
  return isUsual && Number.isSafeInteger(axis)
    ? layers.unitNormalization({ axis: axis as number, ...named })
    : undefined
}

// ------------------------------------------------------------------------------ shapes of pictures

/** Sums over rows and columns, which stand at the axes 1 and 2. */
function overPictures(make: typeof layers.globalMaxPooling2d): Maker {
  return ({ options, named }) => {
    const { axis, keepdims = false, ...others } = options
    const places = Array.isArray(axis) ? [...axis].sort() : axis
    const fits = isEmpty(others) && isSame(places, [1, 2]) && typeof keepdims === 'boolean'
    return fits ? make({ keepdims: keepdims as boolean, ...named }) : undefined
  }
}

function pooling(make: typeof layers.maxPooling2d): Maker {
  return ({ options, named }) => {
    const { ksize, strides, padding, data_format: format = 'NHWC', ...others } = options
    const [poolSize, step] = [pairIn(ksize), pairIn(strides)]
    const fits = isEmpty(others) && format === 'NHWC' && typeof padding === 'string'
    return fits && poolSize && step
      ? make({ poolSize, strides: step, padding: padding.toLowerCase() as 'same' | 'valid', ...named })
      : undefined
  }
}

/** Height and width: of one number, of two, or of four for all axes. */
function pairIn(value: JsonValue | undefined): [number, number] | undefined {
  const numbers = Array.isArray(value) ? value : [value]
  const inner = numbers.length === 4 && numbers[0] === 1 && numbers[3] === 1 ? numbers.slice(1, 3) : numbers
  const [height, width = height] = inner
  return inner.length <= 2 && Number.isSafeInteger(height) && Number.isSafeInteger(width)
    ? [height as number, width as number]
    : undefined
}

const concatenate: Maker = ({ operands, options, named }) => {
  const { axis = -1, ...others } = options
  const fits = isEmpty(others) && Number.isSafeInteger(axis) && !operands.some(isNumbers)
  return fits ? layers.concatenate({ axis: axis as number, ...named }) : undefined
}

const reshape: Maker = ({ options, named }) => {
  const { shape, newshape = shape, ...others } = options
  if (!isEmpty(others) || !isIntegers(newshape) || newshape[0] !== -1) return undefined
  return layers.reshape({ targetShape: newshape.slice(1), ...named })
}

const transpose: Maker = ({ options, named }) => {
  const { perm, axes = perm, ...others } = options
  if (!onlyUsual(others, { conjugate: false }) || !isIntegers(axes) || axes[0] !== 0) return undefined
  return layers.permute({ dims: axes.slice(1), ...named })
}

const pad: Maker = ({ options, named }) => {
  const { paddings, mode = 'CONSTANT', constant_values: value = 0, ...others } = options
  if (!isEmpty(others) || mode !== 'CONSTANT' || value !== 0 || !Array.isArray(paddings)) return undefined
  const [batch, rows, columns, channels] = paddings
  const fits = paddings.length === 4 && isSame(batch, [0, 0]) && isSame(channels, [0, 0])
  if (!fits || !isIntegers(rows) || !isIntegers(columns)) return undefined
  return layers.zeroPadding2d({ padding: [rows, columns] as unknown as [[number, number], [number, number]], ...named })
}

const resize: Maker = ({ options, named }) => {
  const { size, method = 'bilinear', antialias = false, preserve_aspect_ratio: preserve = false, ...others } = options
  if (!isEmpty(others) || antialias !== false || preserve !== false || !isIntegers(size)) return undefined
  const [height, width] = size
  if (method !== 'bilinear' && method !== 'nearest') return undefined
  return layers.resizing({ height, width, interpolation: method, ...named })
}

/** `x[:, 1:-1, 2:-2, :]` cuts borders off, `x[:, None, None, :]` gives features the axes of a picture. */
const slice: Maker = ({ options, named }) => {
  const { slice_spec: spec, ...others } = options
  if (!isEmpty(others) || !Array.isArray(spec) || spec.length !== 4) return undefined
  const [batch, rows, columns, channels] = spec.map(borderIn)
  if (!isSame(batch ?? null, [0, 0]) || !isSame(channels ?? null, [0, 0])) return undefined
  if (spec[1] === null && spec[2] === null) return layers.reshape({ targetShape: [1, 1, -1], ...named })
  return rows && columns && layers.cropping2d({ cropping: [rows, columns], ...named })
}

/** What a slice cuts off at the begin and the end. */
function borderIn(value: JsonValue): [number, number] | undefined {
  if (!isObject(value)) return undefined
  const { start, stop, step, ...others } = value
  const border = [start ?? 0, typeof stop === 'number' ? -stop : 0]
  const fits = isEmpty(others) && (step ?? 1) === 1 && stop !== 0 && isIntegers(border)
  return fits && Math.min(...border) >= 0 ? [border[0], border[1]] : undefined
}

function isIntegers(value: JsonValue | undefined): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each))
}

function isEmpty(options: JsonObject): boolean {
  return Object.keys(options).length === 0
}

// ------------------------------------------------------------------------------ names

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['add', arithmetic({ both: layers.add, withNumber: plus, ofNumber: plus })],
  [
    'subtract',
    arithmetic({
      both: layers.subtract,
      withNumber: (c) => plus(-c),
      ofNumber: (c) => ({ scale: -1, offset: c }),
    }),
  ],
  ['multiply', arithmetic({ both: layers.multiply, withNumber: times, ofNumber: times })],
  ['truedivide', arithmetic({ withNumber: (c) => times(1 / c) })],
  ['maximum', maximum],
  ['minimum', arithmetic({ both: layers.minimum })],
  [
    'negative',
    ofOne(({ options, named }) => (isEmpty(options) ? layers.rescaling({ scale: -1, ...named }) : undefined)),
  ],
  ['identity', ofOne(({ options, named }) => (isEmpty(options) ? layers.identity(named) : undefined))],
  [
    'cast',
    ofOne(({ options, named }) => (onlyUsual(options, { dtype: 'float32' }) ? layers.identity(named) : undefined)),
  ],
  ['elu', activation('elu', { alpha: 1 })],
  ['exp', activation('exponential')],
  ['gelu', activation('gelu', { approximate: false })],
  ['hardsigmoid', activation('hardSigmoid')],
  ['hardsilu', activation('hardSilu')],
  ['relu', activation('relu')],
  ['relu6', activation('relu6')],
  ['selu', activation('selu')],
  ['sigmoid', activation('sigmoid')],
  ['silu', activation('silu', { beta: 1 })],
  ['softplus', activation('softplus')],
  ['softsign', activation('softsign')],
  ['tanh', activation('tanh')],
  ['leakyrelu', ofOne(leakyRelu)],
  ['softmax', ofOne(softmax)],
  ['clip', ofOne(clip)],
  ['l2normalize', ofOne(l2Normalize)],
  ['mean', ofOne(overPictures(layers.globalAveragePooling2d))],
  ['max', ofOne(overPictures(layers.globalMaxPooling2d))],
  ['maxpool2d', ofOne(pooling(layers.maxPooling2d))],
  ['avgpool2d', ofOne(pooling(layers.averagePooling2d))],
  ['concatenate', concatenate],
  ['reshape', ofOne(reshape)],
  ['transpose', ofOne(transpose)],
  ['pad', ofOne(pad)],
  ['resize', ofOne(resize)],
  ['getitem', ofOne(slice)],
])

/** TensorFlow's names, where they are others. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['addn', 'add'],
  ['addv2', 'add'],
  ['biasadd', 'add'],
  ['sub', 'subtract'],
  ['mul', 'multiply'],
  ['divide', 'truedivide'],
  ['truediv', 'truedivide'],
  ['realdiv', 'truedivide'],
  ['neg', 'negative'],
  ['swish', 'silu'],
  ['clipbyvalue', 'clip'],
  ['reducemean', 'mean'],
  ['reducemax', 'max'],
  ['maxpool', 'maxpool2d'],
  ['avgpool', 'avgpool2d'],
  ['concat', 'concatenate'],
])
