/**
 * @file The product of rows with a matrix: dense layers and pointwise (1x1) convolutions.
 *
 * With the leading axes of x taken as rows r,
 *   y[r,n] = sum over k of x[r,k] w[k,n]
 * is linear in x and in w. Its adjoints
 *   dx[r,k] = sum over n of dy[r,n] w[k,n]     (dy w^T)
 *   dw[k,n] = sum over r of x[r,k] dy[r,n]     (x^T dy)
 * satisfy <y(x,w), dy> = <x, dx(dy,w)> = <dw(x,dy), w>, so each of the three has the other two as its gradients.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { demand, f32, isRows, isWeights, sameShape } from '../rules/infer.ts'
import { matmulCases, matmulGradWCases, matmulGradXCases } from './cases.ts'

/** x [..., K], w [K, N] -> [..., N]; x is batched, so its first axis counts images. */
export function matmul(x: Node, w: Node): Node {
  return build(matmulOp, [x, w])
}

/** dy [..., N], w [K, N] -> [..., K] */
export function matmulGradX(dy: Node, w: Node): Node {
  return build(matmulGradXOp, [dy, w])
}

/** x [..., K], dy [..., N] -> [K, N] */
export function matmulGradW(x: Node, dy: Node): Node {
  return build(matmulGradWOp, [x, dy])
}

export const matmulOp: OpDef = {
  name: 'matmul',
  traits: { epilogue: true, readsTiles: 0, linear: [0, 1] },
  infer(inputs) {
    const [x, w] = inputs
    const operands = { op: 'matmul', inputs }
    demand(isRows(x) && isWeights(w, 2), operands, 'x must be batched [..., K] and w an unbatched [K, N]')
    demand(x.shape.at(-1) === w.shape[0], operands, 'the last axis of x must be the first of w')
    return f32([...x.shape.slice(0, -1), w.shape[1]], true)
  },
  cost: (node) => ({ macs: sizeOf(node.shape) * node.inputs[1].shape[0] }),
  grad({ inputs: [x, w] }, dy) {
    return [matmulGradX(dy, w), matmulGradW(x, dy)]
  },
  cases: matmulCases,
}

export const matmulGradXOp: OpDef = {
  name: 'matmulGradX',
  traits: { epilogue: true, linear: [0, 1] },
  infer(inputs) {
    const [dy, w] = inputs
    const operands = { op: 'matmulGradX', inputs }
    demand(isRows(dy) && isWeights(w, 2), operands, 'dy must be batched [..., N] and w an unbatched [K, N]')
    demand(dy.shape.at(-1) === w.shape[1], operands, 'dy and w must have the same last axis')
    return f32([...dy.shape.slice(0, -1), w.shape[0]], true)
  },
  cost: (node) => ({ macs: sizeOf(node.shape) * node.inputs[1].shape[1] }),
  grad({ inputs: [dy, w] }, g) {
    return [matmul(g, w), matmulGradW(g, dy)]
  },
  cases: matmulGradXCases,
}

export const matmulGradWOp: OpDef = {
  name: 'matmulGradW',
  traits: { reducesBatch: true, readsTiles: 0, linear: [0, 1] },
  infer(inputs) {
    const [x, dy] = inputs
    const operands = { op: 'matmulGradW', inputs }
    demand(isRows(x) && isRows(dy), operands, 'x must be batched [..., K] and dy batched [..., N]')
    const sameRows = sameShape(x.shape.slice(0, -1), dy.shape.slice(0, -1))
    demand(sameRows, operands, 'x and dy must agree in all axes but the last')
    return f32([x.shape.at(-1) as number, dy.shape.at(-1) as number], false)
  },
  cost: ({ inputs: [x, dy] }) => ({ macs: sizeOf(x.shape) * (dy.shape.at(-1) as number) }),
  grad({ inputs: [x, dy] }, g) {
    return [matmulGradX(dy, g), matmul(x, g)]
  },
  cases: matmulGradWCases,
}
