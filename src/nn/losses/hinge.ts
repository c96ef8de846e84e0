/** @file Losses of margins (https://keras.io/api/losses/hinge_losses/). */
import type { Node } from '../../ir/node.ts'
import { maxPool2d, mul, neg, relu, reshape, shift, square, sub } from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { defineLoss, meanOfElements, meanOfRows, rowSum } from './loss.ts'

/** max(1 - y p, 0) */
const shortfall = (y: Node, p: Node): Node => relu(shift(neg(mul(y, p)), 1))

/** The mean of max(1 - y p, 0). Targets -1 and 1, or 0 and 1, and outputs [N,...]. */
export const hinge = defineLoss({
  name: 'hinge',
  targets: 'signs',
  schema: {},
  measure: (y, output) => meanOfElements(shortfall(y, output)),
})

/** The mean of max(1 - y p, 0)². Targets -1 and 1, or 0 and 1, and outputs [N,...]. */
export const squaredHinge = defineLoss({
  name: 'squaredHinge',
  targets: 'signs',
  schema: {},
  measure: (y, output) => meanOfElements(square(shortfall(y, output))),
})

/** max(1 + the highest wrong score - the right one, 0). Targets, one-hot rows, and outputs [N,...,K]. */
export const categoricalHinge = defineLoss({
  name: 'categoricalHinge',
  targets: 'values',
  schema: {},
  measure(y, output) {
    const right = rowSum(mul(y, output))
    const wrong = rowMaximum(mul(shift(neg(y), 1), output))
    return meanOfRows(relu(shift(sub(wrong, right), 1)))
  },
})

/** [N,...,K] -> [N,...,1]: max-pooling over pictures as wide as a row. */
function rowMaximum(x: Node): Node {
  const columns = x.shape.at(-1) as number
  const rows = x.shape.slice(1, -1)
  const pictures = reshape(x, [sizeOf(rows), columns, 1])
  return reshape(maxPool2d(pictures, { pool: [1, columns], strides: [1, 1], pads: [0, 0, 0, 0] }), [...rows, 1])
}
