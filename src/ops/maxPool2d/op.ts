/**
 * @file Max-pooling and its gradient.
 *
 *   y[n,i,j,c] = max over u,v of x[n, i s + u - top, j t + v - left, c], padding counting as -infinity;
 * the gradient of each y goes to the first maximum of its window in row-major order.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { demand, f32, isImages, sameShape, sameType } from '../rules/infer.ts'
import { type Window, windowOf, windowResult } from '../rules/window.ts'
import { maxPool2dCases, maxPool2dGradCases } from './cases.ts'

/** x [N,H,W,C] -> [N,Ho,Wo,C] */
export function maxPool2d(x: Node, window: Window): Node {
  return build(maxPool2dOp, [x], window)
}

/** x [N,H,W,C], y = maxPool2d(x), dy [N,Ho,Wo,C] -> [N,H,W,C] */
export function maxPool2dGrad(x: Node, y: Node, dy: Node, window: Window): Node {
  return build(maxPool2dGradOp, [x, y, dy], window)
}

export const maxPool2dOp: OpDef = {
  name: 'maxPool2d',
  traits: {},
  infer(inputs, attrs) {
    const [x] = inputs
    const operands = { op: 'maxPool2d', inputs, attrs }
    demand(isImages(x), operands, 'x must be [N, H, W, C]')
    return f32(windowResult(x.shape, operands), true)
  },
  cost: () => ({ macs: 0 }),
  grad: (node, dy) => [maxPool2dGrad(node.inputs[0], node, dy, windowOf(node.attrs))],
  cases: maxPool2dCases,
}

export const maxPool2dGradOp: OpDef = {
  name: 'maxPool2dGrad',
  traits: { epilogue: true },
  infer(inputs, attrs) {
    const [x, y, dy] = inputs
    const operands = { op: 'maxPool2dGrad', inputs, attrs }
    demand(isImages(x) && isImages(y) && sameType(y, dy), operands, 'x must be [N, H, W, C], y and dy [N, Ho, Wo, C]')
    const pooled = windowResult(x.shape, operands)
    demand(sameShape(pooled, dy.shape), operands, `y and dy must be [${pooled.join(', ')}]`)
    return f32(x.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad: 'none',
  cases: maxPool2dGradCases,
}
