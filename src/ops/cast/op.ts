/** @file Bytes to numbers: pictures arrive as u8 and are scaled while they are read. */
import { build, type Node, type OpDef } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { demand, f32 } from '../rules/infer.ts'

/** x u8 [...] -> f32 [...], y = x * scale + offset */
export function cast(x: Node, attrs: { readonly scale: number; readonly offset: number }): Node {
  return build(castOp, [x], attrs)
}

const bytes = (shape: Shape) => ({ shape, dtype: 'u8', batched: true, range: [0, 255] }) as const

export const castOp: OpDef = {
  name: 'cast',
  traits: {},
  infer(inputs, attrs) {
    const [x] = inputs
    demand(x.dtype === 'u8', { op: 'cast', inputs, attrs }, 'x must be u8')
    return f32(x.shape, x.batched)
  },
  cost: () => ({ macs: 0 }),
  grad: () => [null],
  cases: [
    { inputs: [bytes([1, 1])], attrs: { scale: 1, offset: 0 } },
    { inputs: [bytes([3, 7])], attrs: { scale: 0.25, offset: -1 } },
    { inputs: [bytes([2, 5, 5, 3])], attrs: { scale: 1 / 255, offset: 0 } },
    { inputs: [bytes([1, 4, 4, 4])], attrs: { scale: 1 / 127.5, offset: -1 } },
    { inputs: [bytes([1, 6, 3, 10])], attrs: { scale: -2, offset: 3 } },
    { inputs: [bytes([2, 32, 32, 3])], attrs: { scale: 1, offset: 0 } },
  ],
}
