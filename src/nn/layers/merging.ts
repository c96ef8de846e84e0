/** @file Layers that make one value of several (https://keras.io/api/layers/merging_layers/). */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { add as addOp, concat, mul, reshape } from '../../ops/index.ts'
import { type Shape, showShape, sizeOf } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { int } from '../schema.ts'
import type { Tensor } from '../trace.ts'

type NoArgs = LayerArgs<Record<never, never>>

/** Folds its inputs, element by element, from the first to the last. */
abstract class Merge extends Layer {
  protected abstract merge(a: Node, b: Node): Node

  override call(...inputs: readonly Tensor[]): Tensor {
    const [first, ...others] = inputs
    const different = others.find(({ shape }) => showShape(shape) !== showShape(first.shape))
    if (different)
      throw new SeparableError(
        'shape',
        `the inputs must have equal shapes, ${received(inputs.map(({ shape }) => [null, ...shape.slice(1)]))}`,
      )
    return first.map((node) => others.reduce((merged, each) => this.merge(merged, each.node), node))
  }
}

export class Add extends Merge {
  static override readonly className = 'Add'

  protected override merge(a: Node, b: Node): Node {
    return addOp(a, b)
  }
}

export class Multiply extends Merge {
  static override readonly className = 'Multiply'

  protected override merge(a: Node, b: Node): Node {
    return mul(a, b)
  }
}

const concatenateSchema = { axis: int('the axis along which the inputs are joined; 0 is the batch').default(-1) }

export class Concatenate extends Layer<typeof concatenateSchema> {
  static override readonly className = 'Concatenate'
  static override readonly schema = concatenateSchema

  override call(...inputs: readonly Tensor[]): Tensor {
    const shapes = inputs.map(({ shape }) => shape.slice(1))
    const axis = this.#axisOf(shapes)
    const [item] = shapes
    const size = shapes.reduce((sum, shape) => sum + shape[axis], 0)
    // Everything from the axis on is one run of elements.
    const parts = inputs.map(({ node }, i) => joinedFrom(node, shapes[i], axis))
    return inputs[0].map(() => reshape(concat(parts), item.with(axis, size)))
  }

  /** Counted without the batch. */
  #axisOf(shapes: readonly Shape[]): number {
    const { axis } = this.config
    const [{ length: rank }] = shapes
    const index = axis < 0 ? axis + rank : axis - 1
    if (index < 0 || index >= rank)
      throw new SeparableError('argument', `axis must be 1 to ${rank} or -${rank} to -1, ${received(axis)}`)
    const others = (shape: Shape) => showShape(shape.toSpliced(index, 1))
    if (shapes.some((shape) => others(shape) !== others(shapes[0])))
      throw new SeparableError(
        'shape',
        `the inputs must have equal shapes but for axis ${index + 1}, ${received(shapes.map((shape) => [null, ...shape]))}`,
      )
    return index
  }
}

function joinedFrom(node: Node, shape: Shape, axis: number): Node {
  const item = [...shape.slice(0, axis), sizeOf(shape.slice(axis))]
  return item.length === shape.length ? node : reshape(node, item)
}

/**
 * The sum of all inputs, element by element: `layers.add().apply([a, b])`. Inputs and result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/add/
 */
export function add(args: NoArgs = {}): Add {
  return new Add(args)
}

/**
 * The product of all inputs, element by element. Inputs and result [N,...].
 * Keras: https://keras.io/api/layers/merging_layers/multiply/
 */
export function multiply(args: NoArgs = {}): Multiply {
  return new Multiply(args)
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
