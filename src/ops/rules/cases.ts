/** @file Short ways to write the test cases of ops. */
import type { OpCase } from '../../ir/node.ts'
import type { Shape } from '../../tensor/ndarray.ts'
import { type Geometry, windowPositions } from './infer.ts'

type CaseInput = OpCase['inputs'][number]
type Range = readonly [number, number]

/** A batched f32 operand; its first axis counts images. */
export function images(shape: Shape, range?: Range): CaseInput {
  return { shape, batched: true, ...(range && { range }) }
}

/** An operand that is not batched. */
export function weights(shape: Shape, range?: Range): CaseInput {
  return { shape, ...(range && { range }) }
}

/** Class numbers [...rows, 1] in [0, classes). */
export function classNumbers(rows: Shape, classes: number): CaseInput {
  return { shape: [...rows, 1], dtype: 'i32', batched: true, range: [0, classes - 1] }
}

/** One convolution: pictures [N,H,W,C], a kernel [KH,KW], the number of filters, and the geometry where it is not plain. */
export interface ConvSpec extends Partial<Geometry> {
  readonly x: readonly [number, number, number, number]
  readonly kernel: readonly [number, number]
  readonly filters: number
}

/** Everything a case of a convolution or of its gradients needs. */
export interface ConvShapes {
  readonly x: Shape
  readonly dy: Shape
  readonly kernel: Shape
  readonly size: Shape
  readonly channels: number
  readonly filters: number
  readonly geometry: Geometry
}

export function convShapes(spec: ConvSpec): ConvShapes {
  const { x, kernel, filters, strides = [1, 1], dilation = [1, 1], pads = [0, 0, 0, 0] } = spec
  const geometry: Geometry = { strides, dilation, pads }
  const [n, height, width, channels] = x
  const size = [height, width]
  return { x, dy: [n, ...windowPositions(size, kernel, geometry), filters], kernel, size, channels, filters, geometry }
}
