/**
 * @file The depthwise convolution (one filter for each channel) and its gradients.
 *
 * With strides (s,t), dilation (d,e) and zero padding of `top` rows and `left` columns,
 *   y[n,i,j,c] = sum over u,v of x[n, i s + u d - top, j t + v e - left, c] w[u,v,c]
 * is linear in x and in w. Its adjoints
 *   dx[n,p,q,c] = sum over all (i,j,u,v) with p = i s + u d - top, q = j t + v e - left of dy[n,i,j,c] w[u,v,c]
 *   dw[u,v,c] = sum over n,i,j of x[n, i s + u d - top, j t + v e - left, c] dy[n,i,j,c]
 * satisfy <y(x,w), dy> = <x, dx(dy,w)> = <dw(x,dy), w>, so each of the three has the other two as its gradients.
 * A depth multiplier above 1 is the same convolution of repeated channels.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { absorbPads } from '../pad/op.ts'
import { nums } from '../rules/attrs.ts'
import {
  demand,
  f32,
  type Geometry,
  geometryOf,
  isImages,
  isWeights,
  sameShape,
  windowPositions,
} from '../rules/infer.ts'
import { dwconv2dCases, dwconv2dGradWCases, dwconv2dGradXCases } from './cases.ts'

/** x [N,H,W,C], w [KH,KW,C] -> [N,Ho,Wo,C] */
export function dwconv2d(x: Node, w: Node, geometry: Geometry): Node {
  const unpadded = absorbPads(x, geometry)
  return build(dwconv2dOp, [unpadded.x, w], unpadded.geometry)
}

/** dy [N,Ho,Wo,C], w [KH,KW,C] -> [N,H,W,C]; `size` is [H,W]. */
export function dwconv2dGradX(
  dy: Node,
  w: Node,
  geometryAndSize: Geometry & { readonly size: readonly [number, number] },
): Node {
  return build(dwconv2dGradXOp, [dy, w], geometryAndSize)
}

/** x [N,H,W,C], dy [N,Ho,Wo,C] -> [KH,KW,C]; `kernel` is [KH,KW]. */
export function dwconv2dGradW(
  x: Node,
  dy: Node,
  geometryAndKernel: Geometry & { readonly kernel: readonly [number, number] },
): Node {
  return build(dwconv2dGradWOp, [x, dy], geometryAndKernel)
}

export const dwconv2dOp: OpDef = {
  name: 'dwconv2d',
  traits: { tileSource: true, epilogue: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [x, w] = inputs
    const operands = { op: 'dwconv2d', inputs, attrs }
    demand(isImages(x) && isWeights(w, 3), operands, 'x must be [N, H, W, C] and w [KH, KW, C]')
    const [n, height, width, channels] = x.shape
    demand(w.shape[2] === channels, operands, 'x and w must have the same number of channels')
    const out = windowPositions([height, width], w.shape.slice(0, 2), attrs)
    demand(out[0] > 0 && out[1] > 0, operands, 'the kernel must fit into the padded picture')
    return f32([n, ...out, channels], true)
  },
  cost: (node) => ({ macs: sizeOf(node.shape) * sizeOf(node.inputs[1].shape.slice(0, 2)) }),
  grad({ inputs: [x, w], attrs }, dy) {
    const geometry = geometryOf(attrs)
    return [
      dwconv2dGradX(dy, w, { ...geometry, size: [x.shape[1], x.shape[2]] }),
      dwconv2dGradW(x, dy, { ...geometry, kernel: [w.shape[0], w.shape[1]] }),
    ]
  },
  cases: dwconv2dCases,
}

export const dwconv2dGradXOp: OpDef = {
  name: 'dwconv2dGradX',
  traits: { epilogue: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [dy, w] = inputs
    const operands = { op: 'dwconv2dGradX', inputs, attrs }
    demand(isImages(dy) && isWeights(w, 3), operands, 'dy must be [N, Ho, Wo, C] and w [KH, KW, C]')
    demand(dy.shape[3] === w.shape[2], operands, 'dy and w must have the same number of channels')
    const size = nums(attrs, 'size')
    const out = windowPositions(size, w.shape.slice(0, 2), attrs)
    demand(sameShape(out, dy.shape.slice(1, 3)), operands, `dy must have the size ${out.join(' x ')}`)
    return f32([dy.shape[0], ...size, w.shape[2]], true)
  },
  cost: ({ inputs: [dy, w] }) => ({ macs: sizeOf(dy.shape) * sizeOf(w.shape.slice(0, 2)) }),
  grad({ inputs: [dy, w], attrs }, g) {
    const geometry = geometryOf(attrs)
    return [dwconv2d(g, w, geometry), dwconv2dGradW(g, dy, { ...geometry, kernel: [w.shape[0], w.shape[1]] })]
  },
  cases: dwconv2dGradXCases,
}

export const dwconv2dGradWOp: OpDef = {
  name: 'dwconv2dGradW',
  traits: { reducesBatch: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [x, dy] = inputs
    const operands = { op: 'dwconv2dGradW', inputs, attrs }
    demand(isImages(x) && isImages(dy), operands, 'x must be [N, H, W, C] and dy [N, Ho, Wo, C]')
    const [n, height, width, channels] = x.shape
    const kernel = nums(attrs, 'kernel')
    const expected = [n, ...windowPositions([height, width], kernel, attrs), channels]
    demand(sameShape(expected, dy.shape), operands, `dy must be [${expected.join(', ')}]`)
    return f32([...kernel, channels], false)
  },
  cost: (node) => ({ macs: sizeOf(node.inputs[1].shape) * sizeOf(node.shape.slice(0, 2)) }),
  grad({ inputs: [x, dy], attrs }, g) {
    const geometry = geometryOf(attrs)
    return [dwconv2dGradX(dy, g, { ...geometry, size: [x.shape[1], x.shape[2]] }), dwconv2d(x, g, geometry)]
  },
  cases: dwconv2dGradWCases,
}
