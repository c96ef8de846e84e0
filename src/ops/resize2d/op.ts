/**
 * @file Pictures in another size, and the adjoint of that.
 *
 * Pixel i of n out of m lies at p = (i + 1/2) m / n - 1/2 of the given pixels (centres of pixels fall on centres, as in
 * TensorFlow 2, PyTorch without aligned corners, and ONNX's half_pixel).
 *   nearest:  y[i] = x[floor((i + 1/2) m / n)]
 *   bilinear: y[i] = x[k] (1 - w) + x[k + 1] w with k = floor(p), w = p - k, pixels outside being those at the edge,
 * along both axes. Nothing is blurred before a picture is made smaller. Either is linear in x; with its adjoint as gradient.
 */
import { build, type Node, type OpCase, type OpDef, type TensorType } from '../../ir/node.ts'
import { nums } from '../rules/attrs.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isImages, type Operands } from '../rules/infer.ts'

export type Resize = {
  /** [height, width] of the result. */
  readonly size: readonly [number, number]
  readonly interpolation: 'nearest' | 'bilinear'
}

/** x [N,H,W,C] -> [N,...size,C] */
export function resize2d(x: Node, resize: Resize): Node {
  return build(resize2dOp, [x], resize)
}

/** dy [N,Ho,Wo,C] -> [N,...size,C]: each pixel goes back to those that it was made of. */
function resize2dGrad(dy: Node, resize: Resize): Node {
  return build(resize2dGradOp, [dy], resize)
}

function resized(operands: Operands): TensorType {
  const [x] = operands.inputs
  const { attrs = {} } = operands
  demand(isImages(x), operands, 'the pictures must be [N, H, W, C]')
  const size = nums(attrs, 'size')
  demand(size.length === 2 && size.every((n) => Number.isInteger(n) && n > 0), operands, 'the size must be positive')
  const known = attrs.interpolation === 'nearest' || attrs.interpolation === 'bilinear'
  demand(known, operands, 'the interpolation must be nearest or bilinear')
  return f32([x.shape[0], ...size, x.shape[3]], true)
}

const sizes = ({ shape }: Node) => [shape[1], shape[2]] as const

const specs = [
  { from: [1, 1], to: [1, 1], channels: 1 },
  { from: [1, 1], to: [4, 5], channels: 3 },
  { from: [2, 3], to: [4, 6], channels: 4 },
  { from: [3, 5], to: [7, 4], channels: 5 },
  { from: [6, 7], to: [2, 3], channels: 9 },
  { from: [4, 1], to: [4, 6], channels: 2 },
  { from: [8, 8], to: [12, 5], channels: 8 },
] as const

const interpolations = ['nearest', 'bilinear'] as const

const casesFrom = (give: 'from' | 'to', want: 'from' | 'to'): OpCase[] =>
  specs.flatMap((spec) =>
    interpolations.map((interpolation) => ({
      inputs: [images([2, ...spec[give], spec.channels])],
      attrs: { size: spec[want], interpolation },
    })),
  )

export const resize2dOp: OpDef = {
  name: 'resize2d',
  traits: { linear: [0] },
  infer: (inputs, attrs) => resized({ op: 'resize2d', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [x], attrs }, dy) => [resize2dGrad(dy, { ...(attrs as Resize), size: sizes(x) })],
  cases: casesFrom('from', 'to'),
}

export const resize2dGradOp: OpDef = {
  name: 'resize2dGrad',
  traits: { linear: [0] },
  infer: (inputs, attrs) => resized({ op: 'resize2dGrad', inputs, attrs }),
  cost: () => ({ macs: 0 }),
  grad: ({ inputs: [dy], attrs }, g) => [resize2d(g, { ...(attrs as Resize), size: sizes(dy) })],
  cases: casesFrom('to', 'from'),
}
