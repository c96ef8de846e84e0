/**
 * @file A window of each picture, at a place of its own and perhaps mirrored; zeros where it reaches beyond the picture.
 *
 *   y[n, i, j] = x[n, top_n - padding_0 + i', left_n - padding_1 + j'] inside x, otherwise 0
 * where i' = h - 1 - i if image n is mirrored vertically, otherwise i, and j' alike. It is linear in x, and each pixel of y
 * comes from another pixel of x, so that the adjoint moves pixels back: dx[n, source of (i, j)] = dy[n, i, j], otherwise 0.
 */
import { build, type Node, type OpCase, type OpDef } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { nums } from '../rules/attrs.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isImages, type Operands } from '../rules/infer.ts'

export type CropAttrs = {
  /** Rows and columns of the window, or, for the gradient, of the picture. */
  readonly size: readonly [number, number]
  /** Rows and columns of zeros before the picture: places count from their corner. */
  readonly padding: readonly [number, number]
}

/**
 * x [N,H,W,C] -> [N,h,w,C]
 *
 * @param places i32 [N,4]: top, left, and whether to mirror vertically and horizontally, which odd numbers say
 */
export function crop(x: Node, places: Node, attrs: CropAttrs): Node {
  return build(cropOp, [x, places], attrs)
}

/** dy [N,h,w,C] -> [N,H,W,C]; `places` as for `crop`. */
function cropGrad(dy: Node, places: Node, attrs: CropAttrs): Node {
  return build(cropGradOp, [dy, places], attrs)
}

function infer(operands: Operands) {
  const { inputs, attrs = {} } = operands
  const [pictures, places] = inputs
  demand(isImages(pictures), operands, 'pictures must be [N, H, W, C]')
  demand(
    places.dtype === 'i32' && places.batched && places.shape.length === 2 && places.shape[1] === 4,
    operands,
    'places must be i32 [N, 4]',
  )
  const [size, padding] = [nums(attrs, 'size'), nums(attrs, 'padding')]
  demand(size.length === 2 && size.every((n) => Number.isInteger(n) && n >= 1), operands, 'size must be two sizes')
  demand(padding.length === 2 && padding.every(Number.isInteger), operands, 'padding must be two whole numbers')
  return f32([pictures.shape[0], ...size, pictures.shape[3]], true)
}

function gradAttrs({ inputs: [pictures], attrs }: Node): CropAttrs {
  const [, height, width] = pictures.shape
  return { size: [height, width], padding: nums(attrs, 'padding') as [number, number] }
}

/** Pictures of this shape, with places that say anything from 0 to `last`. */
function caseOf(shape: Shape, last: number, attrs: CropAttrs): OpCase {
  const places = { shape: [shape[0], 4], dtype: 'i32', batched: true, range: [0, last] } as const
  return { inputs: [images(shape), places], attrs }
}

const cases = [
  caseOf([1, 1, 1, 1], 1, { size: [1, 1], padding: [0, 0] }),
  caseOf([5, 4, 6, 3], 3, { size: [4, 6], padding: [2, 1] }),
  caseOf([3, 7, 5, 4], 9, { size: [3, 2], padding: [1, 3] }),
  caseOf([4, 3, 3, 5], 2, { size: [5, 7], padding: [3, 2] }),
  caseOf([2, 8, 8, 9], 1, { size: [8, 8], padding: [0, 0] }),
  caseOf([2, 2, 5, 13], 40, { size: [2, 5], padding: [4, 4] }),
]

export const cropOp: OpDef = {
  name: 'crop',
  traits: { linear: [0] },
  infer: (inputs, attrs) => infer({ op: 'crop', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: (node, dy) => [cropGrad(dy, node.inputs[1], gradAttrs(node)), null],
  cases,
}

export const cropGradOp: OpDef = {
  name: 'cropGrad',
  traits: { linear: [0] },
  infer: (inputs, attrs) => infer({ op: 'cropGrad', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: (node, g) => [crop(g, node.inputs[1], gradAttrs(node)), null],
  cases,
}
