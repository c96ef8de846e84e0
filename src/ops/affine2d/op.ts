/**
 * @file Pictures moved, turned, stretched and sheared, each by a matrix of its own, and the adjoint of that.
 *
 * Pixel (i, j) of y shows what x has at (a i + b j + c, d i + e j + f), with the numbers of the image's matrix:
 *   nearest:  the pixel around that point
 *   bilinear: the four around it, with shares as for resize2d
 * Points are multiples of 2^-16 pixel and computed in whole numbers, so that no rounding can pick another pixel. Beyond the
 * edges x goes on by the fill mode, for each pixel: `constant` 0 0|a b c|0 0, `nearest` a a|a b c|c c,
 * `reflect` b a|a b c|c b, `wrap` b c|a b c|a b. Linear in x; its adjoint gives each pixel back to those it was made of.
 */
import { build, type Node, type OpCase, type OpDef, type TensorType } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isImages, type Operands } from '../rules/infer.ts'

/** One pixel, in the units of matrices. */
export const ONE_PIXEL = 2 ** 16

/** Coordinates stay below 2^31 for matrices with numbers up to 8. */
const MAX_SIZE = 2048

export const FILL_MODES = ['constant', 'nearest', 'reflect', 'wrap'] as const
export const INTERPOLATIONS = ['nearest', 'bilinear'] as const

export type AffineAttrs = {
  readonly interpolation: (typeof INTERPOLATIONS)[number]
  readonly fillMode: (typeof FILL_MODES)[number]
}

/**
 * x [N,H,W,C] -> [N,H,W,C]
 *
 * @param matrix i32 [N,6]: a, b, c, d, e, f as above in units of 2^-16; rows come before columns
 */
export function affine2d(x: Node, matrix: Node, attrs: AffineAttrs): Node {
  return build(affine2dOp, [x, matrix], attrs)
}

function infer(operands: Operands): TensorType {
  const { inputs, attrs = {} } = operands
  const [x, matrix] = inputs
  demand(isImages(x), operands, 'pictures must be [N, H, W, C]')
  const fits = matrix.dtype === 'i32' && matrix.batched && matrix.shape.length === 2 && matrix.shape[1] === 6
  demand(fits, operands, 'the matrix must be i32 [N, 6]')
  demand(
    x.shape[1] <= MAX_SIZE && x.shape[2] <= MAX_SIZE,
    operands,
    `pictures must have at most ${MAX_SIZE} pixels a side`,
  )
  const known = (names: readonly string[], name: unknown) => typeof name === 'string' && names.includes(name)
  demand(known(INTERPOLATIONS, attrs.interpolation), operands, 'the interpolation must be nearest or bilinear')
  demand(known(FILL_MODES, attrs.fillMode), operands, `the fill mode must be one of ${FILL_MODES.join(', ')}`)
  return f32(x.shape, true)
}

const shapes: readonly Shape[] = [
  [1, 1, 1, 1],
  [3, 4, 5, 3],
  [2, 5, 3, 4],
  [2, 6, 7, 9],
]

/** Matrices with numbers from -1.5 to 1.5: turned over, beyond all edges. */
const cases: OpCase[] = shapes.flatMap((shape) => {
  const matrix = { shape: [shape[0], 6], dtype: 'i32', batched: true, range: [-100_000, 100_000] } as const
  return INTERPOLATIONS.flatMap((interpolation) =>
    FILL_MODES.map((fillMode) => ({ inputs: [images(shape), matrix], attrs: { interpolation, fillMode } })),
  )
})

export const affine2dOp: OpDef = {
  name: 'affine2d',
  traits: { linear: [0] },
  infer: (inputs, attrs) => infer({ op: 'affine2d', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [, matrix], attrs }, dy) => [build(affine2dGradOp, [dy, matrix], attrs), null],
  cases,
}

export const affine2dGradOp: OpDef = {
  name: 'affine2dGrad',
  traits: { linear: [0] },
  infer: (inputs, attrs) => infer({ op: 'affine2dGrad', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [, matrix], attrs }, g) => [affine2d(g, matrix, attrs as AffineAttrs), null],
  cases,
}
