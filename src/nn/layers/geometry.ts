/** @file How windows lie on a picture: Keras's `same`, `valid` and `causal` become numbers of padded pixels. */
import { received, SeparableError } from '../../base/errors.ts'
import { type Geometry, reshape } from '../../ops/index.ts'
import { int, oneOf, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'

type Pair = readonly [number, number]
export type Padding = 'valid' | 'same' | 'causal'

const PADDING_DOC = '"same" pads with zeros so that stride 1 keeps the size, more at the end; "valid" pads nothing'

/** The arguments that all sliding windows share. */
export const windowArgs = { padding: oneOf(PADDING_DOC, 'valid', 'same').default('valid') }

/** The arguments that all convolutions over pictures share. */
export const convolutionArgs = {
  kernelSize: pair('height and width of the kernel, in pixels', { min: 1 }),
  strides: pair('step of the kernel, vertical and horizontal, in pixels', { min: 1 }).default(1),
  ...windowArgs,
  dilationRate: pair('distance of neighbouring kernel elements, in pixels', { min: 1 }).default(1),
}

/** The arguments that all convolutions over sequences share. */
export const convolution1dArgs = {
  kernelSize: int('length of the kernel, in steps', { min: 1 }),
  strides: int('step of the kernel', { min: 1 }).default(1),
  ...windowArgs,
  dilationRate: int('distance of neighbouring kernel elements', { min: 1 }).default(1),
}

export const causalPaddingArg = {
  padding: oneOf(
    `${PADDING_DOC}; "causal" pads the beginning only, so that no step sees later ones`,
    'valid',
    'same',
    'causal',
  ).default('valid'),
}

export const depthMultiplierArg = {
  depthMultiplier: int('output channels of the depthwise step for each input channel', { min: 1 }).default(1),
}

export const groupsArg = {
  groups: int('how many parts the channels are cut into, each convolved by itself', { min: 1 }).default(1),
}

/** What describes a window on pictures, however many axes the layer itself has. */
export interface WindowConfig {
  readonly kernelSize: Pair
  readonly strides: Pair
  readonly dilationRate: Pair
  readonly padding: Padding
}

/** A sequence is a picture of height 1: its window as one on pictures. */
export function flatWindow<Config extends { kernelSize: number; strides: number; dilationRate: number }>(
  config: Config,
): Omit<Config, 'kernelSize' | 'strides' | 'dilationRate'> &
  Pick<WindowConfig, 'kernelSize' | 'strides' | 'dilationRate'> {
  const { kernelSize, strides, dilationRate } = config
  return { ...config, kernelSize: [1, kernelSize], strides: [1, strides], dilationRate: [1, dilationRate] }
}

/** Applies what works on pictures to sequences: [N,L,C] -> [N,L',C']. */
export function onFlatPictures(x: Tensor, apply: (picture: Tensor) => Tensor): Tensor {
  const y = apply(x.map((node) => reshape(node, [1, ...x.shape.slice(1)])))
  return y.map((node) => reshape(node, y.shape.slice(2)))
}

/**
 * Keras allows only one of the two.
 * @throws SeparableError (`argument`) when strides and dilationRate both exceed 1
 */
export function refuseStridedDilation(
  owner: string,
  { strides, dilationRate }: { strides: unknown; dilationRate: unknown },
) {
  const exceeds = (value: unknown) => [value].flat().some((n) => Number(n) > 1)
  if (exceeds(strides) && exceeds(dilationRate))
    throw new SeparableError(
      'argument',
      `${owner}: strides above 1 do not go with dilationRate above 1, ${received({ strides, dilationRate })}`,
    )
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
 * same: out = ceil(n / stride), total = max((out - 1) stride + (kernel - 1) dilation + 1 - n, 0), the smaller half before;
 * causal: (kernel - 1) dilation before.
 * @throws SeparableError (`shape`) when a `valid` window is larger than the picture
 */
export function padsOf(size: Pair, { kernel, strides, dilation = [1, 1], padding }: Extent): Geometry['pads'] {
  const along = (axis: 0 | 1): Pair => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1
    if (padding === 'valid') return [0, 0]
    if (padding === 'causal') return [reach - 1, 0]
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

/** The geometry of an ordinary convolution. */
export function convolutionGeometry(size: Pair, args: WindowConfig): Geometry {
  const { kernelSize: kernel, strides, dilationRate: dilation, padding } = args
  return { strides, dilation, pads: padsOf(size, { kernel, strides, dilation, padding }) }
}

/**
 * The geometry of a depthwise convolution. Keras allows strides and dilation together there: it dilates a stride-1
 * convolution with `same` padding and then keeps each stride-th pixel, so the pads are those of stride 1.
 */
export function depthwiseGeometry(size: Pair, args: WindowConfig): Geometry {
  const { kernelSize: kernel, strides, dilationRate: dilation, padding } = args
  const dilated = dilation.some((rate) => rate > 1)
  const pads = padsOf(size, { kernel, dilation, padding, strides: dilated ? [1, 1] : strides })
  return { strides, dilation, pads }
}

/** The geometry of the convolution that a transposed one turns round, and the size [height, width] of its input. */
export type TransposedGeometry = Geometry & { readonly size: Pair }

/**
 * What a transposed convolution makes of a picture of `size`, along each axis of n pixels with the kernel's reach k and the
 * stride s. By default `valid` makes (n - 1) s + max(k, s) pixels and `same` n s; `outputPadding` p makes them (n - 1) s + k + p
 * and (n - 1) s + k mod 2 + p. What `same` takes away comes from both ends, the smaller half from the beginning.
 */
export function transposedGeometry(
  size: Pair,
  args: WindowConfig & { readonly outputPadding: Pair | null },
): TransposedGeometry {
  const { strides, dilationRate: dilation, padding } = args
  const along = (axis: 0 | 1) => {
    const [n, stride] = [size[axis], strides[axis]]
    const reach = (args.kernelSize[axis] - 1) * dilation[axis] + 1
    const extra = args.outputPadding?.[axis]
    const spread = (n - 1) * stride
    const same = extra === undefined ? n * stride : spread + (reach % 2) + extra
    const valid = spread + (extra === undefined ? Math.max(reach, stride) : reach + extra)
    const made = padding === 'valid' ? valid : same
    const cut = padding === 'valid' ? 0 : Math.max(spread + reach - made, 0)
    return { made, pads: [Math.floor(cut / 2), Math.ceil(cut / 2)] as const }
  }
  const [vertical, horizontal] = [along(0), along(1)]
  return {
    strides,
    dilation,
    pads: [...vertical.pads, ...horizontal.pads],
    size: [vertical.made, horizontal.made],
  }
}
