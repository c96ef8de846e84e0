/**
 * @file Average-pooling and its gradient.
 *
 *   y[n,i,j,c] = 1/m(i,j) sum over u,v of x[n, i s + u - top, j t + v - left, c]
 * where m(i,j) counts the pixels of the window that lie inside the picture. It is linear in x; its adjoint
 *   dx[n,p,q,c] = sum over all windows (i,j) that hold pixel (p,q) of dy[n,i,j,c] / m(i,j)
 * is linear too, with average-pooling as its gradient.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { nums } from '../rules/attrs.ts'
import { demand, f32, isImages, sameShape } from '../rules/infer.ts'
import { type Window, windowOf, windowResult } from '../rules/window.ts'
import { avgPool2dCases, avgPool2dGradCases } from './cases.ts'

/** x [N,H,W,C] -> [N,Ho,Wo,C] */
export function avgPool2d(x: Node, window: Window): Node {
  return build(avgPool2dOp, [x], window)
}

/** dy [N,Ho,Wo,C] -> [N,H,W,C]; `size` is [H,W]. */
export function avgPool2dGrad(dy: Node, windowAndSize: Window & { readonly size: readonly [number, number] }): Node {
  return build(avgPool2dGradOp, [dy], windowAndSize)
}

export const avgPool2dOp: OpDef = {
  name: 'avgPool2d',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const [x] = inputs
    const operands = { op: 'avgPool2d', inputs, attrs }
    demand(isImages(x), operands, 'x must be [N, H, W, C]')
    return f32(windowResult(x.shape, operands), true)
  },
  cost: () => ({ macs: 0 }),
  grad({ inputs: [x], attrs }, dy) {
    return [avgPool2dGrad(dy, { ...windowOf(attrs), size: [x.shape[1], x.shape[2]] })]
  },
  cases: avgPool2dCases,
}

export const avgPool2dGradOp: OpDef = {
  name: 'avgPool2dGrad',
  traits: { linear: [0] },
  infer(inputs, attrs) {
    const [dy] = inputs
    const operands = { op: 'avgPool2dGrad', inputs, attrs }
    demand(isImages(dy), operands, 'dy must be [N, Ho, Wo, C]')
    const x = [dy.shape[0], ...nums(attrs, 'size'), dy.shape[3]]
    const pooled = windowResult(x, operands)
    demand(sameShape(pooled, dy.shape), operands, `dy must be [${pooled.join(', ')}]`)
    return f32(x, true)
  },
  cost: () => ({ macs: 0 }),
  grad: (node, g) => [avgPool2d(g, windowOf(node.attrs))],
  cases: avgPool2dGradCases,
}
