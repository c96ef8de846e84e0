/**
 * @file Layers for what ONNX files compute and Keras has no layer for: constants that are added or multiplied, single
 * functions, slices, pools with pads of their own. A model that holds them is saved and loaded like any other when `onnxLayers` are given to the loader.
 */
import type { Node } from '../ir/node.ts'
import { initializer } from '../nn/initializers.ts'
import { Layer } from '../nn/layer.ts'
import { onFlatPictures } from '../nn/layers/geometry.ts'
import type { LayerClass } from '../nn/layers/index.ts'
import { bool, field, oneOf } from '../nn/schema.ts'
import type { Tensor } from '../nn/trace.ts'
import type { Variable } from '../nn/variable.ts'
import {
  abs,
  add,
  avgPool2d,
  erf,
  exp,
  log,
  maxPool2d,
  mul,
  neg,
  pad,
  reciprocal,
  reshape,
  sqrt,
  square,
} from '../ops/index.ts'
import { type Shape, sizeOf } from '../tensor/ndarray.ts'

const affineSchema = {
  perChannel: bool('whether the constants are one number for each channel, else one for each element'),
  useFactor: bool('whether x is multiplied'),
  useOffset: bool('whether something is added'),
  factorInitializer: initializer('first values of the factor').default('ones'),
  offsetInitializer: initializer('first values of the offset').default('zeros'),
}

/** x factor + offset, with constants of the file. Input and result [N,...]. Weights, not trained: factor and offset. */
export class OnnxAffine extends Layer<typeof affineSchema> {
  static override readonly className = 'OnnxAffine'
  static override readonly schema = affineSchema
  #factor: Variable | null = null
  #offset: Variable | null = null

  override build(inputShape: Shape): void {
    const { perChannel, useFactor, useOffset, factorInitializer, offsetInitializer } = this.config
    const shape = perChannel ? inputShape.slice(-1) : inputShape
    const options = { trainable: false, stored: [sizeOf(shape)] }
    if (useFactor) this.#factor = this.addWeight('factor', shape, { initializer: factorInitializer, ...options })
    if (useOffset) this.#offset = this.addWeight('offset', shape, { initializer: offsetInitializer, ...options })
  }

  override call(x: Tensor): Tensor {
    const item = x.shape.slice(1)
    const { perChannel } = this.config
    return x.map((node) => {
      const flat = perChannel ? node : reshape(node, [sizeOf(item)])
      const scaled = this.#factor ? mul(flat, x.trace.read(this.#factor)) : flat
      const moved = this.#offset ? add(scaled, x.trace.read(this.#offset)) : scaled
      return perChannel ? moved : reshape(moved, item)
    })
  }
}

const FUNCTIONS = { abs, erf, exp, log, neg, reciprocal, sqrt, square } satisfies Record<string, (x: Node) => Node>

export type FunctionName = keyof typeof FUNCTIONS

const functionSchema = { function: oneOf('the function', ...(Object.keys(FUNCTIONS) as FunctionName[])) }

/** A function of each element. Input and result [N,...]. */
export class OnnxFunction extends Layer<typeof functionSchema> {
  static override readonly className = 'OnnxFunction'
  static override readonly schema = functionSchema

  override call(x: Tensor): Tensor {
    return x.map(FUNCTIONS[this.config.function])
  }
}

const isSizes = (input: unknown): input is readonly number[] =>
  Array.isArray(input) && input.every((n) => Number.isSafeInteger(n) && n >= 0)

const sizesFrom = (doc: string) =>
  field<Shape>({
    doc,
    expects: 'a list of integers >= 0',
    parse: (input) => (isSizes(input) ? [...input] : undefined),
  })

const sliceSchema = {
  begin: sizesFrom('the first element of each axis, without the batch'),
  size: sizesFrom('the number of elements of each axis'),
}

/** A part of each item: [N,...] -> [N, ...size]. */
export class OnnxSlice extends Layer<typeof sliceSchema> {
  static override readonly className = 'OnnxSlice'
  static override readonly schema = sliceSchema

  override call(x: Tensor): Tensor {
    const { begin, size } = this.config
    const item = x.shape.slice(1)
    return x.map((node) =>
      pad(
        node,
        item.flatMap((whole, axis) => [-begin[axis], begin[axis] + size[axis] - whole]),
      ),
    )
  }
}

const poolingSchema = {
  function: oneOf('what becomes of a window: its largest value, or the mean of its pixels', 'max', 'average'),
  poolSize: sizesFrom('the size of the window along each axis, in pixels or steps'),
  strides: sizesFrom('its step along each axis'),
  pads: sizesFrom('before and after, for each axis in turn; what is padded never wins and is not counted'),
}

/** Pooling with pads that are neither "valid" nor "same". Pictures [N,H,W,C] or sequences [N,L,C], by the number of sizes. */
export class OnnxPooling extends Layer<typeof poolingSchema> {
  static override readonly className = 'OnnxPooling'
  static override readonly schema = poolingSchema

  override call(x: Tensor): Tensor {
    const { function: name, poolSize, strides, pads } = this.config
    const apply = name === 'max' ? maxPool2d : avgPool2d
    const over = (picture: Tensor, [height, width]: Shape, [down, right]: Shape, [top, bottom, before, after]: Shape) =>
      picture.map((node) =>
        apply(node, { pool: [height, width], strides: [down, right], pads: [top, bottom, before, after] }),
      )
    if (x.shape.length === 4) return over(x, poolSize, strides, pads)
    return onFlatPictures(x, (picture) => over(picture, [1, ...poolSize], [1, ...strides], [0, 0, ...pads]))
  }
}

/** The classes of these layers, for loading saved models that hold them. */
export const onnxLayers: readonly LayerClass[] = [OnnxAffine, OnnxFunction, OnnxPooling, OnnxSlice]
