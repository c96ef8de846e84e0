/**
 * @file Kernels for ordinary 3x3 convolutions with stride 1 by Winograd's minimal filtering (`winograd-matrices.ts`):
 * 36 products for 16 results instead of 144, at the price of a larger rounding error.
 *
 * An element that sums t products of operands a and b at each of the 36 points is off by about
 *   2^-24 sqrt(t r) g rms(a) rms(b),  g = max over i of sum over j of A_ij^2 |B_j|^2 |C_j|^2
 * where A, B, C transform products, a and b (A^T, B^T, G for results), |B_j| is the length of row j, and r = 2 t + 26
 * counts the roundings on the way. This is the standard deviation when roundings are independent (N. Higham and T.
 * Mary, A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019). For results, g is
 * 26 where the direct sum has 3: with 64 channels 6e-6 of a typical result, at the worst place of a tile.
 */
import type { Node } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import type { CpuKernel, KernelCall } from '../cpu/contract.ts'
import { nums } from '../rules/attrs.ts'
import { prepareFilter } from './winograd-filter.ts'
import { blockTiles, emitResults, resultScratchBytes } from './winograd-forward.ts'
import { emitFilterGradients, gradientScratchBytes } from './winograd-gradient.ts'
import { TAPS } from './winograd-matrices.ts'
import { type Conv3x3, gridOf, type ImageSize, POINTS } from './winograd-tiles.ts'

const NAME = 'winograd4x3'

/** y = epilogue(conv(x, w)) */
export const winogradForward: CpuKernel = resultKernel(false)

/** dx = epilogue(conv(dy, w turned and transposed)), padded by what the forward padding leaves of two. */
export const winogradGradX: CpuKernel = resultKernel(true)

/** dw += sum over images of what x and dy give */
export const winogradGradW: CpuKernel = {
  variants: ({ node }) => variantsFor(node, node.shape, gradientConvolution(node)),
  scratchBytes: ({ node }) => gradientScratchBytes(gradientConvolution(node)),
  shardImages: ({ node }) => gradientShard(gradientConvolution(node)),
  emit: (f, params, call) => emitFilterGradients(f, params, call, gradientConvolution(call.node)),
}

function resultKernel(turned: boolean): CpuKernel {
  const convOf = ({ node }: Pick<KernelCall, 'node'>) => resultConvolution(node, turned)
  return {
    variants: (call) => variantsFor(call.node, call.node.inputs[1].shape, convOf(call)),
    pack(call) {
      const { input, output } = convOf(call)
      return { 1: prepareFilter({ channels: input.channels, filters: output.channels, turned }) }
    },
    scratchBytes: (call) => resultScratchBytes(convOf(call)),
    shardImages: (call) => resultShard(convOf(call)),
    pieces: (call) => gridOf(convOf(call)).bands,
    emit: (f, params, call) => emitResults(f, params, call, convOf(call)),
  }
}

function resultConvolution(node: Node, turned: boolean): Conv3x3 {
  const [top, , left] = nums(node.attrs, 'pads').map((pad) => (turned ? TAPS - 1 - pad : pad))
  return { input: imageSize(node.inputs[0]), output: imageSize(node), top, left }
}

function gradientConvolution({ inputs: [x, dy], attrs }: Node): Conv3x3 {
  const [top, , left] = nums(attrs, 'pads')
  return { input: imageSize(x), output: imageSize(dy), top, left }
}

function imageSize({ shape: [, height, width, channels] }: Node): ImageSize {
  return { height, width, channels }
}

/** Enough tiles that transforming dU does not matter, in images few enough to be shared out among threads. */
function gradientShard(conv: Conv3x3): number {
  return imagesFor(conv, 64)
}

/** As many as fill a block. */
function resultShard(conv: Conv3x3): number {
  return imagesFor(conv, blockTiles(conv))
}

function imagesFor(conv: Conv3x3, wanted: number): number {
  const { bands, tiles } = gridOf(conv)
  return Math.min(16, Math.ceil(wanted / (bands * tiles)))
}

/** Plain 3x3 convolutions of whole vectors, unless so much of the tiles sticks out that the sum has fewer products. */
function variantsFor({ attrs }: Node, [rows, columns, channels, filters]: Shape, conv: Conv3x3): readonly string[] {
  const all = (key: string, holds: (value: number) => boolean) => nums(attrs, key).every(holds)
  const { bands, tiles } = gridOf(conv)
  const claimed =
    rows === TAPS &&
    columns === TAPS &&
    all('strides', (stride) => stride === 1) &&
    all('dilation', (step) => step === 1) &&
    all('pads', (pad) => pad < TAPS) &&
    [channels, filters].every((n) => n >= 8 && n % 4 === 0) &&
    POINTS * bands * tiles < TAPS * TAPS * conv.output.height * conv.output.width
  return claimed ? [NAME] : []
}
