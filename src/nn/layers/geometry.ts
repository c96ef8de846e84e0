/** @file How windows lie on a picture: Keras's `same` and `valid` become numbers of padded pixels. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Geometry } from '../../ops/index.ts'
import { int, oneOf, pair } from '../schema.ts'

type Pair = readonly [number, number]
type Padding = 'valid' | 'same'

/** The arguments that all sliding windows share. */
export const windowArgs = {
  padding: oneOf(
    '"same" pads with zeros so that stride 1 keeps the size, more at the bottom and right; "valid" pads nothing',
    'valid',
    'same',
  ).default('valid'),
}

/** The arguments that all convolutions over pictures share. */
export const convolutionArgs = {
  kernelSize: pair('height and width of the kernel, in pixels', { min: 1 }),
  strides: pair('step of the kernel, vertical and horizontal, in pixels', { min: 1 }).default(1),
  ...windowArgs,
  dilationRate: pair('distance of neighbouring kernel elements, in pixels', { min: 1 }).default(1),
}

export const depthMultiplierArg = {
  depthMultiplier: int('output channels of the depthwise step for each input channel', { min: 1 }).default(1),
}

interface Extent {
  readonly kernel: Pair
  readonly strides: Pair
  readonly dilation?: Pair
  readonly padding: Padding
}

/**
 * Pads [top, bottom, left, right] of a window on a picture of `size` [height, width].
 *
 * same: out = ceil(n / stride), total = max((out - 1) stride + (kernel - 1) dilation + 1 - n, 0), the smaller half before.
 * @throws SeparableError (`shape`) when a `valid` window is larger than the picture
 */
export function padsOf(size: Pair, { kernel, strides, dilation = [1, 1], padding }: Extent): Geometry['pads'] {
  const along = (axis: 0 | 1): Pair => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1
    if (padding === 'valid') return [0, 0]
    const out = Math.ceil(size[axis] / strides[axis])
    const total = Math.max((out - 1) * strides[axis] + reach - size[axis], 0)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  }
  const fits = ([0, 1] as const).every((axis) => (kernel[axis] - 1) * dilation[axis] < size[axis])
  if (padding === 'valid' && !fits)
    throw new SeparableError(
      'shape',
      `a window of ${kernel.join(' x ')} pixels (dilation ${dilation.join(' x ')}) does not fit into the picture, ` +
        received(size),
    )
  return [...along(0), ...along(1)]
}

/**
 * The geometry of a depthwise convolution. Keras allows strides and dilation together there: it dilates a stride-1
 * convolution with `same` padding and then keeps each stride-th pixel, so the pads are those of stride 1.
 */
export function depthwiseGeometry(
  size: Pair,
  args: { readonly kernelSize: Pair; readonly strides: Pair; readonly dilationRate: Pair; readonly padding: Padding },
): Geometry {
  const { kernelSize: kernel, strides, dilationRate: dilation, padding } = args
  const dilated = dilation.some((rate) => rate > 1)
  const pads = padsOf(size, { kernel, dilation, padding, strides: dilated ? [1, 1] : strides })
  return { strides, dilation, pads }
}
