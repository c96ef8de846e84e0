/**
 * @file Kernels for ordinary 3x3 convolutions with stride 1 by Winograd's minimal filtering (`winograd-matrices.ts`): 36
 * multiplications for 16 results instead of 144, at the price of a larger rounding error.
 *
 * An element that sums t products of operands a and b at each of the 36 points is off by about
 *   2^-24 sqrt(t r) g rms(a) rms(b),  g = max over i of sum over j of A_ij^2 |B_j|^2 |C_j|^2
 * where A, B, C transform products, a and b (A^T, B^T, G for results), |B_j| is the length of row j, and r = 2 t + 26
 * counts the roundings on the way. This is the standard deviation when roundings are independent (N. Higham and T. Mary,
 * A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019). For results, g is 94 where
 * the direct sum has 3: with 64 channels 1e-5 of a typical result.
 */
import type { Node } from '../../ir/node.ts'
import { type KernelCall, nums, type WasmKernel } from '../kernel.ts'
import { prepareFilter } from './winograd-filter.ts'
import { emitResults, resultScratchBytes } from './winograd-forward.ts'
import { emitFilterGradients, gradientScratchBytes } from './winograd-gradient.ts'
import { bandsOf, type Conv3x3, tilesPerBand } from './winograd-tiles.ts'

const NAME = 'winograd4x3'

/** y = epilogue(conv(x, w)) */
export const winogradForward: WasmKernel = resultKernel(false)

/** dx = epilogue(conv(dy, w turned and transposed)), padded by what the forward padding leaves of two. */
export const winogradGradX: WasmKernel = resultKernel(true)

function resultKernel(turned: boolean): WasmKernel {
  const convOf = ({ node }: Pick<KernelCall, 'node'>) => convolution(node, turned)
  return {
    variants: (call) => (isClaimed(call.node, call.node.inputs[1].shape) ? [NAME] : []),
    prepare: (call) => ({ 1: prepareFilter({ ...convOf(call), turned }) }),
    scratchBytes: (call) => resultScratchBytes(convOf(call)),
    emit: (f, params, call) => emitResults(f, params, call, convOf(call)),
  }
}

/** dw += the gradient of the sum over images of <y, dy>. */
export const winogradGradW: WasmKernel = {
  variants: ({ node }) => (isClaimed(node, node.shape) ? [NAME] : []),
  scratchBytes: ({ node }) => gradientScratchBytes(filterConvolution(node)),
  shardImages: ({ node }) => shardImages(filterConvolution(node)),
  emit: (f, params, call) => emitFilterGradients(f, params, call, filterConvolution(call.node)),
}

function filterConvolution({ inputs: [x, dy], attrs }: Node): Conv3x3 {
  const [, height, width, channels] = x.shape
  const [, outHeight, outWidth, filters] = dy.shape
  const [top, , left] = nums(attrs, 'pads')
  return { height, width, channels, outHeight, outWidth, filters, top, left }
}

/** Enough tiles that a call's transforms of filters, and what threads share, do not matter. */
function shardImages(conv: Conv3x3): number {
  return Math.min(16, Math.ceil(64 / (bandsOf(conv) * tilesPerBand(conv))))
}

function convolution({ inputs: [images], shape, attrs }: Node, turned: boolean): Conv3x3 {
  const [, height, width, channels] = images.shape
  const [, outHeight, outWidth, filters] = shape
  const [top, , left] = nums(attrs, 'pads').map((pad) => (turned ? 2 - pad : pad))
  return { height, width, channels, outHeight, outWidth, filters, top, left }
}

function isClaimed({ attrs }: Node, [rows, columns, channels, filters]: readonly number[]): boolean {
  const all = (key: string, holds: (value: number) => boolean) => nums(attrs, key).every(holds)
  return (
    rows === 3 &&
    columns === 3 &&
    all('strides', (stride) => stride === 1) &&
    all('dilation', (step) => step === 1) &&
    all('pads', (pad) => pad <= 2) &&
    [channels, filters].every((n) => n >= 8 && n % 4 === 0)
  )
}
