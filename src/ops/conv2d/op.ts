/**
 * @file The ordinary convolution and its gradients.
 *
 * With strides (s,t), dilation (d,e) and zero padding of `top` rows and `left` columns,
 *   y[n,i,j,f] = sum over u,v,c of x[n, i s + u d - top, j t + v e - left, c] w[u,v,c,f]
 * is linear in x and in w. Its adjoints
 *   dx[n,p,q,c] = sum over f and all (i,j,u,v) with p = i s + u d - top, q = j t + v e - left of dy[n,i,j,f] w[u,v,c,f]
 *   dw[u,v,c,f] = sum over n,i,j of x[n, i s + u d - top, j t + v e - left, c] dy[n,i,j,f]
 * satisfy <y(x,w), dy> = <x, dx(dy,w)> = <dw(x,dy), w>, so each of the three has the other two as its gradients.
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
import { conv2dCases, conv2dGradWCases, conv2dGradXCases } from './cases.ts'

/** x [N,H,W,C], w [KH,KW,C,F] -> [N,Ho,Wo,F] */
export function conv2d(x: Node, w: Node, geometry: Geometry): Node {
  const unpadded = absorbPads(x, geometry)
  return build(conv2dOp, [unpadded.x, w], unpadded.geometry)
}

/** dy [N,Ho,Wo,F], w [KH,KW,C,F] -> [N,H,W,C]; `size` is [H,W]. */
export function conv2dGradX(
  dy: Node,
  w: Node,
  geometryAndSize: Geometry & { readonly size: readonly [number, number] },
): Node {
  return build(conv2dGradXOp, [dy, w], geometryAndSize)
}

/** x [N,H,W,C], dy [N,Ho,Wo,F] -> [KH,KW,C,F]; `kernel` is [KH,KW]. */
export function conv2dGradW(
  x: Node,
  dy: Node,
  geometryAndKernel: Geometry & { readonly kernel: readonly [number, number] },
): Node {
  return build(conv2dGradWOp, [x, dy], geometryAndKernel)
}

export const conv2dOp: OpDef = {
  name: 'conv2d',
  traits: { epilogue: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [x, w] = inputs
    const operands = { op: 'conv2d', inputs, attrs }
    demand(isImages(x) && isWeights(w, 4), operands, 'x must be [N, H, W, C] and w [KH, KW, C, F]')
    const [n, height, width, channels] = x.shape
    demand(w.shape[2] === channels, operands, 'x and w must have the same number of channels')
    const out = windowPositions([height, width], w.shape.slice(0, 2), attrs)
    demand(out[0] > 0 && out[1] > 0, operands, 'the kernel must fit into the padded picture')
    return f32([n, ...out, w.shape[3]], true)
  },
  cost: (node) => ({ macs: sizeOf(node.shape) * sizeOf(node.inputs[1].shape.slice(0, 3)) }),
  grad({ inputs: [x, w], attrs }, dy) {
    const geometry = geometryOf(attrs)
    return [
      conv2dGradX(dy, w, { ...geometry, size: [x.shape[1], x.shape[2]] }),
      conv2dGradW(x, dy, { ...geometry, kernel: [w.shape[0], w.shape[1]] }),
    ]
  },
  cases: conv2dCases,
}

export const conv2dGradXOp: OpDef = {
  name: 'conv2dGradX',
  traits: { epilogue: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [dy, w] = inputs
    const operands = { op: 'conv2dGradX', inputs, attrs }
    demand(isImages(dy) && isWeights(w, 4), operands, 'dy must be [N, Ho, Wo, F] and w [KH, KW, C, F]')
    demand(dy.shape[3] === w.shape[3], operands, 'dy and w must have the same number of filters')
    const size = nums(attrs, 'size')
    const out = windowPositions(size, w.shape.slice(0, 2), attrs)
    demand(sameShape(out, dy.shape.slice(1, 3)), operands, `dy must have the size ${out.join(' x ')}`)
    return f32([dy.shape[0], ...size, w.shape[2]], true)
  },
  cost: ({ inputs: [dy, w] }) => ({ macs: sizeOf(dy.shape) * sizeOf(w.shape.slice(0, 3)) }),
  grad({ inputs: [dy, w], attrs }, g) {
    const geometry = geometryOf(attrs)
    return [conv2d(g, w, geometry), conv2dGradW(g, dy, { ...geometry, kernel: [w.shape[0], w.shape[1]] })]
  },
  cases: conv2dGradXCases,
}

export const conv2dGradWOp: OpDef = {
  name: 'conv2dGradW',
  traits: { reducesBatch: true, linear: [0, 1] },
  infer(inputs, attrs) {
    const [x, dy] = inputs
    const operands = { op: 'conv2dGradW', inputs, attrs }
    demand(isImages(x) && isImages(dy), operands, 'x must be [N, H, W, C] and dy [N, Ho, Wo, F]')
    const kernel = nums(attrs, 'kernel')
    const out = windowPositions(x.shape.slice(1, 3), kernel, attrs)
    demand(
      sameShape([x.shape[0], ...out], dy.shape.slice(0, 3)),
      operands,
      `dy must have the batch of x and the size ${out.join(' x ')}`,
    )
    return f32([...kernel, x.shape[3], dy.shape[3]], false)
  },
  cost: (node) => ({ macs: sizeOf(node.inputs[1].shape) * sizeOf(node.shape.slice(0, 3)) }),
  grad({ inputs: [x, dy], attrs }, g) {
    const geometry = geometryOf(attrs)
    return [conv2dGradX(dy, g, { ...geometry, size: [x.shape[1], x.shape[2]] }), conv2d(x, g, geometry)]
  },
  cases: conv2dGradWCases,
}
