/** @file The pooling window: its attributes, shape rule and test cases, shared by max- and average-pooling. */
import type { Attrs } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { nums } from './attrs.ts'
import { demand, type Operands, windowPositions } from './infer.ts'

/** `pool` and `strides` [vertical, horizontal], `pads` [top, bottom, left, right], each smaller than the pool. */
export type Window = {
  readonly pool: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pads: readonly [number, number, number, number]
}

/** The window among the attributes of a pooling op or its gradient. */
export function windowOf(attrs: Attrs): Window {
  const { pool, strides, pads } = attrs as unknown as Window
  return { pool, strides, pads }
}

/** [N,H,W,C] -> [N,Ho,Wo,C]. Padding below the pool size makes every window hold at least one pixel. */
export function windowResult(x: Shape, operands: Operands): Shape {
  const { attrs = {} } = operands
  const [n, height, width, channels] = x
  const pool = nums(attrs, 'pool')
  const padded = nums(attrs, 'pads').some((pad, side) => pad >= pool[side < 2 ? 0 : 1])
  demand(!padded, operands, 'pads must be smaller than the pool')
  const out = windowPositions([height, width], pool, attrs)
  demand(out[0] > 0 && out[1] > 0, operands, 'the pool must fit into the padded picture')
  return [n, ...out, channels]
}

interface PoolSpec extends Partial<Window> {
  readonly x: readonly [number, number, number, number]
}

const specs: readonly PoolSpec[] = [
  { x: [1, 1, 1, 1], pool: [1, 1] },
  { x: [2, 2, 2, 3] },
  { x: [1, 4, 6, 4] },
  { x: [2, 5, 7, 5] },
  { x: [1, 9, 8, 8], pool: [3, 3], strides: [2, 2], pads: [1, 1, 0, 1] },
  { x: [1, 5, 6, 3], pool: [3, 2], strides: [1, 1] },
  { x: [1, 7, 7, 7], pool: [2, 2], strides: [3, 4] },
  { x: [1, 5, 5, 2], pads: [0, 1, 0, 1] },
  { x: [2, 3, 3, 4], pool: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  { x: [1, 8, 8, 13] },
  { x: [2, 16, 16, 8] },
  { x: [3, 4, 5, 12], pool: [4, 5], strides: [4, 5] },
]

/** Around tiles of 4 channels: one pixel, left-over rows, overlap, gaps, lopsided padding, the whole picture. */
export const poolShapes = specs.map(({ x, pool = [2, 2], strides = [2, 2], pads = [0, 0, 0, 0] }) => {
  const window: Window = { pool, strides, pads }
  const [n, height, width, channels] = x
  return { x, y: [n, ...windowPositions([height, width], pool, window), channels], size: [height, width], window }
})
