/** @file Layers that make one value of several (https://keras.io/api/layers/merging_layers/). */
import { received, SeparableError } from '../../base/errors.ts'
import { itemShape, type Node } from '../../ir/node.ts'
import { add as addOp, concat, maximum as maximumOp, mul, neg, reshape, scale, sub } from '../../ops/index.ts'
import { type Shape, showShape, sizeOf } from '../../tensor/ndarray.ts'
import { commonShape, repeatTo } from '../broadcasting.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { itemAxis } from './axes.ts'

type NoArgs = LayerArgs<Record<never, never>>

/** Combines its inputs element by element; axes of size 1 are repeated, as missing ones are. */
abstract class Merge extends Layer {
  protected abstract merge(values: readonly Node[]): Node

  override call(...inputs: readonly Tensor[]): Tensor {
    const shape = commonShape(inputs.map(({ node }) => itemShape(node)))
    if (!shape)
      throw new SeparableError(
        'shape',
        `the inputs must have equal shapes, or sizes of 1 to repeat, ${received(inputs.map(symbolicShape))}`,
      )
    return inputs[0].map(() => this.merge(inputs.map(({ node }) => repeatTo(node, shape))))
  }
}

const symbolicShape = ({ shape }: Tensor) => [null, ...shape.slice(1)]

export class Add extends Merge {
  static override readonly className = 'Add'

  protected override merge(values: readonly Node[]): Node {
    return values.reduce(addOp)
  }
}

export class Subtract extends Merge {
  static override readonly className = 'Subtract'

  override call(...inputs: readonly Tensor[]): Tensor {
    if (inputs.length === 2) return super.call(...inputs)
    throw new SeparableError('argument', `there must be two inputs, ${received(inputs.length)}`)
  }

  protected override merge([a, b]: readonly Node[]): Node {
    return sub(a, b)
  }
}

export class Multiply extends Merge {
  static override readonly className = 'Multiply'

  protected override merge(values: readonly Node[]): Node {
    return values.reduce(mul)
  }
}

export class Average extends Merge {
  static override readonly className = 'Average'

  protected override merge(values: readonly Node[]): Node {
    return scale(values.reduce(addOp), 1 / values.length)
  }
}

export class Maximum extends Merge {
  static override readonly className = 'Maximum'

  protected override merge(values: readonly Node[]): Node {
    return values.reduce(maximumOp)
  }
}

export class Minimum extends Merge {
  static override readonly className = 'Minimum'

  protected override merge(values: readonly Node[]): Node {
    return neg(values.map(neg).reduce(maximumOp))
  }
}

const concatenateSchema = { axis: int('the axis along which the inputs are joined; 0 is the batch').default(-1) }

export class Concatenate extends Layer<typeof concatenateSchema> {
  static override readonly className = 'Concatenate'
  static override readonly schema = concatenateSchema

  override call(...inputs: readonly Tensor[]): Tensor {
    const shapes = inputs.map(({ shape }) => shape.slice(1))
    const axis = this.#axisOf(inputs)
    const [item] = shapes
    const size = shapes.reduce((sum, shape) => sum + shape[axis], 0)
    // Everything from the axis on is one run of elements.
    const parts = inputs.map(({ node }, i) => joinedFrom(node, shapes[i], axis))
    return inputs[0].map(() => reshape(concat(parts), item.with(axis, size)))
  }

  /** Counted without the batch. */
  #axisOf(inputs: readonly Tensor[]): number {
    const { axis } = this.config
    const shapes = inputs.map(({ shape }) => shape.slice(1))
    const index = itemAxis(axis, shapes[0].length)
    const others = (shape: Shape) => showShape(shape.toSpliced(index, 1))
    if (shapes.some((shape) => others(shape) !== others(shapes[0])))
      throw new SeparableError(
        'shape',
        `the inputs must have equal shapes but for axis ${index + 1}, ${received(inputs.map(symbolicShape))}`,
      )
    return index
  }
}

function joinedFrom(node: Node, shape: Shape, axis: number): Node {
  const item = [...shape.slice(0, axis), sizeOf(shape.slice(axis))]
  return item.length === shape.length ? node : reshape(node, item)
}

/**
 * The sum of all inputs, element by element: `layers.add().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/add/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function add(args: NoArgs = {}): Add {
  return new Add(args)
}

/**
 * The first of two inputs minus the second, element by element: `layers.subtract().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/subtract/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function subtract(args: NoArgs = {}): Subtract {
  return new Subtract(args)
}

/**
 * The product of all inputs, element by element: `layers.multiply().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/multiply/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function multiply(args: NoArgs = {}): Multiply {
  return new Multiply(args)
}

/**
 * The mean of all inputs, element by element: `layers.average().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/average/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function average(args: NoArgs = {}): Average {
  return new Average(args)
}

/**
 * The largest of all inputs, element by element: `layers.maximum().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/maximum/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function maximum(args: NoArgs = {}): Maximum {
  return new Maximum(args)
}

/**
 * The smallest of all inputs, element by element: `layers.minimum().apply([a, b])`.
 * Inputs [N,...], in which axes of size 1 are repeated where others are larger; result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/minimum/
 * @throws SeparableError (`shape`) when it is applied to inputs that do not fit
 */
export function minimum(args: NoArgs = {}): Minimum {
  return new Minimum(args)
}

/**
 * The inputs one behind the other along an axis, in which alone they may differ; by default that of the channels:
 * [N,H,W,A] and [N,H,W,B] -> [N,H,W,A+B]. Default: axis -1.
 * Keras: https://keras.io/api/layers/merging_layers/concatenate/
 * @throws SeparableError (`argument`) when it is applied to inputs without such an axis
 */
export function concatenate(args: LayerArgs<typeof concatenateSchema> = {}): Concatenate {
  return new Concatenate(args)
}
