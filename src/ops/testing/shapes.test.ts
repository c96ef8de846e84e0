/** @file Shape rules beyond the ordinary: what broadcasts, which windows fit, and how a refusal reads. */
import { describe, expect, it } from 'vitest'
import { Graph } from '../../ir/graph.ts'
import * as ops from '../index.ts'

const graph = new Graph()
const batch = (...shape: number[]) => ops.input(graph, 'x', { shape, dtype: 'f32', batched: true })
const weights = (...shape: number[]) => ops.param(graph, 'w', shape)

describe('broadcasting', () => {
  it('gives the type of the batched operand, on either side', () => {
    expect(ops.add(batch(2, 3, 4), weights(4))).toMatchObject({ shape: [2, 3, 4], batched: true })
    expect(ops.sub(weights(4), batch(2, 3, 4))).toMatchObject({ shape: [2, 3, 4], batched: true })
    expect(ops.mul(weights(1), batch(1, 1))).toMatchObject({ shape: [1, 1], batched: true })
  })

  it('of unbatched operands is unbatched', () => {
    expect(ops.mul(weights(1), weights(3, 3, 4))).toMatchObject({ shape: [3, 3, 4], batched: false })
  })

  it.each([
    ['unequal batches', () => ops.add(batch(2, 4), batch(3, 4))],
    ['an unbatched operand of equal shape', () => ops.add(batch(2, 4), weights(2, 4))],
    ['a vector that is not the last axis', () => ops.add(batch(2, 3, 4), weights(3))],
    ['a vector along the batch', () => ops.add(batch(4), weights(4))],
  ])('refuses %s', (_, build) => {
    expect(build).toThrow(/^add: operands must have equal types, or be an unbatched \[C\] or \[1\], received: /)
  })

  it('refuses to repeat the wider operand', () => {
    expect(() => ops.broadcastLike(weights(4), batch(2, 4))).toThrow('first operand must have the type of the result')
  })
})

describe('windows', () => {
  const geometry = { strides: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0] } as const

  it.each([{ strides: [0, 1] }, { strides: [1.5, 1] }, { dilation: [2, 2] }, { pads: [-1, 0, 0, 0] }] as const)(
    'refuses $strides $dilation $pads for a 3x3 kernel on 4x4 pixels',
    (wrong) => {
      expect(() => ops.conv2d(batch(1, 4, 4, 2), weights(3, 3, 2, 5), { ...geometry, ...wrong })).toThrow(
        /^conv2d: the kernel must fit into the padded picture, received: \[1, 4, 4, 2\] f32 batched, \[3, 3, 2, 5\] f32, strides /,
      )
    },
  )

  it('refuses gradients of another size', () => {
    expect(() => ops.conv2dGradX(batch(1, 2, 2, 5), weights(3, 3, 2, 5), { ...geometry, size: [5, 5] })).toThrow(
      'conv2dGradX: dy must have the size 3 x 3',
    )
    expect(() => ops.dwconv2dGradW(batch(1, 5, 5, 2), batch(1, 2, 2, 2), { ...geometry, kernel: [3, 3] })).toThrow(
      'dwconv2dGradW: dy must be [1, 3, 3, 2]',
    )
  })

  it('refuses pools that could hold nothing but padding', () => {
    const window = { pool: [2, 2], strides: [2, 2], pads: [0, 2, 0, 0] } as const
    expect(() => ops.maxPool2d(batch(1, 4, 4, 2), window)).toThrow('maxPool2d: pads must be smaller than the pool')
  })
})
