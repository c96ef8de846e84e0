/**
 * @file A rectangle of each picture, at a place of its own, taken from another picture.
 *
 *   y[n, i, j] = patch[n, i, j] where top_n <= i < bottom_n and left_n <= j < right_n, otherwise x[n, i, j]
 * The gradient with respect to x is dy with zeros pasted into it, that with respect to the patch is dy pasted into zeros.
 */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { sub } from '../elementwise/table.ts'
import { images } from '../rules/cases.ts'
import { demand, f32, isImages, sameType } from '../rules/infer.ts'

/**
 * x [N,H,W,C], patch [N,H,W,C] -> [N,H,W,C]
 *
 * @param box f32 [N,4]: top, bottom, left and right in pixels, perhaps with a fraction
 */
export function paste(x: Node, patch: Node, box: Node): Node {
  return build(pasteOp, [x, patch, box])
}

const caseOf = (shape: Shape) => ({ inputs: [images(shape), images(shape), images([shape[0], 4], [-1, 7])] })

export const pasteOp: OpDef = {
  name: 'paste',
  traits: {},
  infer(inputs) {
    const [x, patch, box] = inputs
    const operands = { op: 'paste', inputs }
    demand(isImages(x) && sameType(x, patch), operands, 'x and the patch must be [N, H, W, C]')
    const fits = box.dtype === 'f32' && box.batched && box.shape.length === 2 && box.shape[1] === 4
    demand(fits, operands, 'the box must be [N, 4]')
    return f32(x.shape, true)
  },
  cost: () => ({ macs: 0 }),
  grad({ inputs: [, , box] }, dy) {
    const zeros = sub(dy, dy)
    return [paste(dy, zeros, box), paste(zeros, dy, box), null]
  },
  cases: [caseOf([1, 1, 1, 1]), caseOf([9, 5, 6, 3]), caseOf([6, 7, 2, 4]), caseOf([5, 3, 8, 5]), caseOf([8, 6, 6, 9])],
}
