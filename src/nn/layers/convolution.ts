/** @file What the ordinary convolutions over pictures and sequences share: the kernel, in groups, and how it is applied. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { concat, conv2d, dwconv2d, matmul, repeatChannels, sliceLast } from '../../ops/index.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { convolutionGeometry, type WindowConfig } from './geometry.ts'

export interface ConvolutionConfig extends WindowConfig {
  readonly filters: number
  readonly groups: number
}

/**
 * A 1x1 kernel that moves by one pixel is a product of each pixel's channels with a matrix; groups of one channel each make
 * a depthwise convolution.
 */
type Kind = 'pointwise' | 'depthwise' | 'ordinary'

function kindOf({ kernelSize, strides, groups }: ConvolutionConfig, channels: number): Kind {
  if (groups === 1) return [...kernelSize, ...strides].every((n) => n === 1) ? 'pointwise' : 'ordinary'
  return groups === channels ? 'depthwise' : 'ordinary'
}

/**
 * A kernel's shape in Keras, and in the ops.
 * @throws SeparableError (`shape`) when the groups do not divide the channels
 */
export function convolutionKernelShapes(
  config: ConvolutionConfig,
  channels: number,
): { readonly shape: Shape; readonly stored: Shape } {
  const { kernelSize, filters, groups } = config
  if (channels % groups !== 0)
    throw new SeparableError('shape', `groups (${groups}) must divide the channels of the input, ${received(channels)}`)
  const shape = [...kernelSize, channels / groups, filters]
  const stored = { pointwise: [channels, filters], depthwise: [...kernelSize, filters], ordinary: shape }
  return { shape, stored: stored[kindOf(config, channels)] }
}

/** @throws SeparableError (`argument`) when the groups do not divide the filters */
export function refuseUnevenGroups(owner: string, { filters, groups }: { filters: number; groups: number }): void {
  if (filters % groups !== 0)
    throw new SeparableError('argument', `${owner}: groups (${groups}) must divide the filters, ${received(filters)}`)
}

/** x [N,H,W,C], the kernel as stored -> [N,Ho,Wo,filters] */
export function convolve(x: Node, kernel: Node, config: ConvolutionConfig): Node {
  const [, height, width, channels] = x.shape
  const { filters, groups } = config
  const kind = kindOf(config, channels)
  if (kind === 'pointwise') return matmul(x, kernel)
  const geometry = convolutionGeometry([height, width], config)
  if (kind === 'depthwise') {
    const repeated = filters === channels ? x : repeatChannels(x, filters / channels)
    return dwconv2d(repeated, kernel, geometry)
  }
  if (groups === 1) return conv2d(x, kernel, geometry)
  const part = (node: Node, group: number) => {
    const size = (node.shape.at(-1) as number) / groups
    return sliceLast(node, group * size, size)
  }
  const results = Array.from({ length: groups }, (_, group) => conv2d(part(x, group), part(kernel, group), geometry))
  return concat(results)
}
