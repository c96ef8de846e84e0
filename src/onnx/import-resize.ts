/** @file Pictures of another size: Resize, and the Upsample of older files. */
import { layers } from '../nn/layers/index.ts'
import type { Importer, ImportScope, Value } from './import-scope.ts'
import { channelsFirst } from './layout.ts'
import type { NodeArgs } from './node-args.ts'

/** One axis: from so many pixels to so many, and by which factor, which may leave part of a pixel. */
interface Axis {
  readonly from: number
  readonly to: number
  readonly factor: number
}

/** Where pixel i of the result lies among those of the picture. https://onnx.ai/onnx/operators/onnx__Resize.html */
type Place = (i: number, axis: Axis) => number

/** In f32, as ONNX Runtime computes it: which pixel is nearest hangs on the last digit. */
const { fround } = Math

const halfPixel: Place = (i, { factor }) => fround(fround((i + 0.5) / factor) - 0.5)

const PLACES: { readonly [mode: string]: Place } = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (i, axis) => (axis.to > 1 ? halfPixel(i, axis) : 0),
  half_pixel_symmetric(i, axis) {
    const adjusted = fround(axis.to / fround(axis.factor * axis.from))
    const moved = fround((axis.from / 2) * (1 - adjusted)) + fround((i + 0.5) / axis.factor)
    return fround(fround(moved) - 0.5)
  },
  align_corners: (i, { from, to }) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
  asymmetric: (i, { factor }) => fround(i / factor),
  tf_half_pixel_for_nn: (i, { factor }) => fround((i + 0.5) / factor),
}

const ROUNDINGS: { readonly [mode: string]: (x: number) => number } = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

interface Manner {
  readonly isNearest: boolean
  /** The name of a place. */
  readonly place: string
  /** The name of a rounding. */
  readonly rounding: string
}

function mannerOf(node: NodeArgs): Manner {
  const mode = node.text('mode', 'nearest')
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'bilinear')
    throw node.unsupported('mode is not supported', mode)
  const isNearest = mode === 'nearest'
  // An Upsample, and a Resize of opset 10, place pixels as "asymmetric" does.
  const isOld = isOldest(node)
  const place = isOld ? 'asymmetric' : node.text('coordinate_transformation_mode', 'half_pixel')
  const rounding = isOld ? 'floor' : node.text('nearest_mode', 'round_prefer_floor')
  if (!Object.hasOwn(PLACES, place)) throw node.unsupported('coordinate_transformation_mode is not supported', place)
  if (!Object.hasOwn(ROUNDINGS, rounding)) throw node.unsupported('nearest_mode is not supported', rounding)
  node.mustBe('antialias', 0)
  node.mustBe('keep_aspect_ratio_policy', 'stretch')
  // These are about cubic interpolation and about parts of the picture.
  node.ignore('cubic_coeff_a', 'exclude_outside', 'extrapolation_value')
  return { isNearest, place, rounding }
}

const isOldest = (node: NodeArgs) => node.node.opType === 'Upsample' || node.opset < 11

/** Whether Keras's layers place pixels alike; see ops/resize2d. */
function isAsHere({ isNearest, place, rounding }: Manner, axes: readonly Axis[]): boolean {
  // Part of a pixel is lost: the factor is not that of the sizes.
  if (axes.some(({ from, to, factor }) => Math.abs(factor * from - to) > 1e-4)) return false
  const halves = place === 'half_pixel' || (place === 'pytorch_half_pixel' && axes.every(({ to }) => to > 1))
  if (!isNearest) return halves
  if ((place === 'tf_half_pixel_for_nn' && rounding === 'floor') || (halves && rounding === 'round_prefer_ceil'))
    return true
  // Whole factors repeat pixels, however they are rounded.
  const whole = axes.every(({ from, to }) => Number.isInteger(to / from))
  return whole && ((halves && rounding === 'round_prefer_floor') || (place === 'asymmetric' && rounding === 'floor'))
}

const resize: Importer = (node, scope) => {
  const value = scope.value(node, 0)
  if (value.shape.length !== 4) throw node.unsupported('only pictures [N,C,H,W] are supported', value.shape)
  const manner = mannerOf(node)
  const factors = factorsOf(node, scope, value.shape)
  if (factors[0] !== 1 || factors[1] !== 1) throw node.unsupported('only height and width can be resized', factors)
  const [vertical, horizontal] = [2, 3].map((axis): Axis => {
    const [from, factor] = [value.shape[axis], factors[axis]]
    // A factor is an f32, and the product of the right one may be a little less than whole.
    return { from, to: Math.floor(from * factor + 1e-5), factor }
  })
  if (vertical.to < 1 || horizontal.to < 1) throw node.damaged('nothing is left of the picture', factors)
  const x = scope.reordered(node, value, channelsFirst(4))
  if (isAsHere(manner, [vertical, horizontal])) return resized(node, scope, x, manner, [vertical, horizontal])
  const wide = mixed(node, scope, scope.reordered(node, x, [0, 1, 2, 3]), matrixOf(manner, horizontal), 'width')
  return mixed(node, scope, scope.reordered(node, wide, [0, 1, 3, 2]), matrixOf(manner, vertical), 'height')
}

function resized(
  node: NodeArgs,
  scope: ImportScope,
  x: Value,
  { isNearest }: Manner,
  [vertical, horizontal]: readonly Axis[],
): Value {
  const args = { name: scope.name(node), interpolation: isNearest ? 'nearest' : 'bilinear' } as const
  const size = [vertical.to / vertical.from, horizontal.to / horizontal.from] as const
  const layer = size.every((factor) => Number.isInteger(factor))
    ? layers.upSampling2d({ ...args, size })
    : layers.resizing({ ...args, height: vertical.to, width: horizontal.to })
  return scope.made(layer.apply(x.tensor), x.order)
}

interface Matrix {
  readonly units: number
  /** [from, to] */
  readonly kernel: Float32Array
}

/** Along one axis, any way to resize is a product with a matrix: what each given pixel adds to each new one. */
function matrixOf({ isNearest, place, rounding }: Manner, axis: Axis): Matrix {
  const { from, to } = axis
  const kernel = new Float32Array(from * to)
  const within = (x: number) => Math.min(Math.max(x, 0), from - 1)
  for (let i = 0; i < to; i++) {
    const at = PLACES[place](i, axis)
    if (isNearest) kernel[within(ROUNDINGS[rounding](at)) * to + i] = 1
    else {
      const low = Math.min(Math.floor(within(at)), Math.max(from - 2, 0))
      kernel[low * to + i] = 1 - (within(at) - low)
      if (low + 1 < from) kernel[(low + 1) * to + i] = within(at) - low
    }
  }
  return { units: to, kernel }
}

/** A product with a matrix along our last axis. Keras knows no such layer but a dense one that does not learn. */
function mixed(
  node: NodeArgs,
  scope: ImportScope,
  { tensor, order }: Value,
  { units, kernel }: Matrix,
  suffix: string,
): Value {
  const layer = layers.dense({ name: scope.name(node, suffix), units, useBias: false, trainable: false })
  return scope.made(scope.apply(layer, [tensor], [kernel]), order)
}

/** From sizes or scales, which are operands in the newer versions and attributes in the oldest. */
function factorsOf(node: NodeArgs, scope: ImportScope, shape: readonly number[]): readonly number[] {
  const isOld = isOldest(node)
  // The region of interest is for a way to resize that is not supported.
  if (!isOld) node.inputName(1)
  const sizes = isOld ? undefined : scope.constantOrNone(node, 3)
  const scales = scope.constantOrNone(node, isOld ? 1 : 2)
  const axes = node.ints('axes')?.map((axis) => node.axis(axis, shape.length)) ?? [...shape.keys()]
  const given = sizes && sizes.data.length > 0 ? sizes.data : (scales?.data ?? node.attribute('scales', 'floats', []))
  const factors = shape.map((size, axis) => {
    const at = axes.indexOf(axis)
    return at < 0 ? 1 : given === sizes?.data ? given[at] / size : given[at]
  })
  if (given.length === axes.length && factors.every((factor) => factor > 0 && factor < 1e6)) return factors
  throw node.unsupported('neither sizes nor scales are known', given.length)
}

export const resizeImporters: { readonly [opType: string]: Importer } = {
  Resize: resize,
  Upsample: resize,
}
