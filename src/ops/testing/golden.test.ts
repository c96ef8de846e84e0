/**
 * @file The references pinned to numbers that PyTorch 1.13 computed in f64, so that the oracle itself cannot drift. Made by
 *
 *   import torch, torch.nn.functional as F
 *   torch.set_default_dtype(torch.float64)
 *   def values(*s): return torch.tensor([(7*i) % 11 - 5. for i in range(torch.Size(s).numel())]).reshape(s)
 *   def leaf(*s): return values(*s).requires_grad_()
 *   def nchw(t): return t.permute(0, 3, 1, 2)
 *   def nhwc(t): return t.permute(0, 2, 3, 1)
 *   # conv2d
 *   x, w = leaf(1, 4, 4, 2), leaf(3, 3, 2, 2)
 *   y = nhwc(F.conv2d(F.pad(nchw(x), (0, 1, 0, 1)), w.permute(3, 2, 0, 1), stride=2))
 *   # dwconv2d
 *   x, w = leaf(1, 5, 4, 2), leaf(2, 2, 2)
 *   y = nhwc(F.conv2d(F.pad(nchw(x), (1, 1, 2, 0)), w.permute(2, 0, 1)[:, None], dilation=(3, 2), groups=2))
 *   # maxPool2d
 *   x = (values(1, 5, 4, 1) // 4).requires_grad_()
 *   y = nhwc(F.max_pool2d(nchw(x), 3, stride=(2, 1), padding=1))
 *   # avgPool2d
 *   x = leaf(1, 3, 4, 1)
 *   y = nhwc(F.avg_pool2d(nchw(x), (2, 3), stride=(1, 2), padding=1, count_include_pad=False))
 *   # softmaxCrossEntropy
 *   x = leaf(3, 4)
 *   y = F.cross_entropy(x, torch.tensor([1, 3, 0]), reduction='none')
 *   # after each
 *   y.backward(values(*y.shape)); print(y, x.grad, w.grad)    # the last one with [1, 2, -3]
 */
import { describe, expect, it } from 'vitest'
import type { Attrs } from '../../ir/node.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { referenceKernels as kernels } from '../reference.ts'
import type { RefArray } from '../reference-kernel.ts'

function array(shape: Shape, value: (i: number) => number = (i) => ((7 * i) % 11) - 5): RefArray {
  return { data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)), shape }
}

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i], `element ${i}`).toBeCloseTo(value, 14)
}

/** A convolution and both its gradients. */
function expectConvolution(
  kind: 'conv2d' | 'dwconv2d',
  [x, w, dy]: readonly RefArray[],
  attrs: Attrs,
  expected: { readonly y: readonly number[]; readonly dx: readonly number[]; readonly dw: readonly number[] },
): void {
  expectClose(kernels[kind]([x, w], attrs, dy.shape), expected.y)
  expectClose(kernels[`${kind}GradX`]([dy, w], attrs, x.shape), expected.dx)
  expectClose(kernels[`${kind}GradW`]([x, dy], attrs, w.shape), expected.dw)
}

describe('references equal PyTorch', () => {
  it("conv2d with stride 2 and Keras's lopsided 'same' padding", () => {
    const attrs = { strides: [2, 2], dilation: [1, 1], pads: [0, 1, 0, 1] }
    expectConvolution('conv2d', [array([1, 4, 4, 2]), array([3, 3, 2, 2]), array([1, 2, 2, 2])], attrs, {
      y: [85, -7, -51, 9, 10, 49, 10, -20],
      // biome-ignore format: table
      dx: [29, 20, -11, -20, 46, 24, -17, -8, -14, -23, 23, -8, -31, 24, 26, -20,
        9, -28, -10, 30, -9, -25, -4, 39, 8, 2, -15, 12, 14, 9, -12, 0],
      // biome-ignore format: table
      dw: [32, 4, -4, -23, -18, 16, -21, 22, -2, -7, 14, -3, 30, 8, -6, -19, -20, 20,
        32, 4, -6, -8, 10, -4, 9, 9, -18, 3, 10, -25, 16, 2, -15, 6, 5, -2],
    })
  })

  it('dwconv2d, dilated and padded on three sides', () => {
    const attrs = { strides: [1, 1], dilation: [3, 2], pads: [2, 0, 1, 1] }
    expectConvolution('dwconv2d', [array([1, 5, 4, 2]), array([2, 2, 2]), array([1, 4, 4, 2])], attrs, {
      // biome-ignore format: table
      y: [-4, 0, 4, -9, 19, 15, 2, 6, 0, 0, 9, -12, -20, 12, 3, 3,
        8, 25, 37, -26, -13, 19, -1, -6, 10, -25, 35, 11, -15, 1, -5, -7],
      // biome-ignore format: table
      dx: [0, -8, -9, 18, 25, -16, -6, -5, -7, -21, -35, 34, 14, -9, -4, 0, -1, 15, -14, 6,
        1, -3, 8, 0, 0, 12, -9, 3, -5, -6, 12, 0, 1, 9, -4, 0, 0, -9, 16, 0],
      dw: [-27, -34, 42, 13, 3, 18, -33, -62],
    })
  })

  it('maxPool2d with overlap and many ties: the first maximum gets the gradient', () => {
    const attrs = { pool: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] }
    const x = array([1, 5, 4, 1], (i) => Math.floor((((7 * i) % 11) - 5) / 4))
    const y = kernels.maxPool2d([x], attrs, [1, 3, 4, 1])
    expectClose(y, [0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1])
    const inputs = [x, { data: y, shape: [1, 3, 4, 1] }, array([1, 3, 4, 1])]
    expectClose(
      kernels.maxPool2dGrad(inputs, attrs, x.shape),
      [0, -5, 0, 3, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, -3, 0, 0, -4, 0, 0],
    )
  })

  it('avgPool2d, padding not counted', () => {
    const attrs = { pool: [2, 3], strides: [1, 2], pads: [1, 1, 1, 1] }
    expectClose(kernels.avgPool2d([array([1, 3, 4, 1])], attrs, [1, 4, 2, 1]), [
      -3 / 2,
      5 / 3,
      -5 / 4,
      1,
      -3 / 4,
      -1 / 3,
      -1 / 2,
      -1,
    ])
    const dx = kernels.avgPool2dGrad([array([1, 4, 2, 1])], attrs, [1, 3, 4, 1])
    expectClose(dx, [-3, -3 / 2, 3 / 2, 3 / 2, -1 / 4, 1 / 12, 1 / 3, 1 / 3, 9 / 4, 7 / 4, -1 / 2, -1 / 2])
  })

  it('softmaxCrossEntropy', () => {
    const logits = array([3, 4])
    const labels = array([3, 1], (i) => [1, 3, 0][i])
    expectClose(
      kernels.softmaxCrossEntropy([logits, labels], {}, [3, 1]),
      [3.049498818027516, 4.066737279491552, 7.019374087919817],
    )
    const dl = array([3, 1], (i) => [1, 2, -3][i])
    // biome-ignore format: table
    expectClose(kernels.softmaxCrossEntropyGrad([logits, labels, dl], {}, [3, 4]), [
      4.3207398404e-5, -0.952617334220837, 0.000867843795997, 0.951706283026436,
      0.093145722929919, 0.001706023425214, 1.870881857145898, -1.965733603501031,
      2.997316844627568, -2.942437150624939, -0.053892616303642, -0.000987077698987,
    ])
  })
})
