/** @file Layers that arrange the elements of an image anew. */
import { received, SeparableError } from '../../base/errors.ts'
import { permute as permuteOp, reshape as reshapeOp } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { field, sizes } from '../schema.ts'
import type { Tensor } from '../trace.ts'

const isSize = (n: unknown) => Number.isSafeInteger(n) && ((n as number) >= 1 || n === -1)

const reshapeSchema = {
  targetShape: field<Shape>({
    doc: 'sizes of one item of the result, without the batch; one of them may be -1, for what is left',
    expects: 'a list of sizes, each an integer >= 1, one of them perhaps -1',
    parse: (input) =>
      Array.isArray(input) && input.every(isSize) && input.filter((n) => n === -1).length <= 1 ? [...input] : undefined,
  }),
}

export class Reshape extends Layer<typeof reshapeSchema> {
  static override readonly className = 'Reshape'
  static override readonly schema = reshapeSchema

  override call(x: Tensor): Tensor {
    const { targetShape } = this.config
    const size = sizeOf(x.shape.slice(1))
    const rest = size / sizeOf(targetShape.filter((n) => n !== -1))
    const item = targetShape.map((n) => (n === -1 ? rest : n))
    if (!Number.isInteger(rest) || sizeOf(item) !== size)
      throw new SeparableError(
        'shape',
        `targetShape [${targetShape.join(', ')}] does not hold the ${size} elements of an item, ` +
          received([null, ...x.shape.slice(1)]),
      )
    return x.map((node) => reshapeOp(node, item))
  }
}

/**
 * The same elements, row-major, in another shape: [N,...] -> [N, ...targetShape].
 * Keras: https://keras.io/api/layers/reshaping_layers/reshape/
 * @throws SeparableError (`argument`) when targetShape is no list of sizes
 */
export function reshape(args: LayerArgs<typeof reshapeSchema>): Reshape {
  return new Reshape(args)
}

const permuteSchema = {
  dims: sizes('the axes of the input in their new order, counted from 1, which is the first after the batch'),
}

export class Permute extends Layer<typeof permuteSchema> {
  static override readonly className = 'Permute'
  static override readonly schema = permuteSchema

  constructor(args: LayerArgs<typeof permuteSchema>) {
    super(args)
    const { dims } = this.config
    if ([...dims].sort((a, b) => a - b).some((axis, i) => axis !== i + 1))
      throw new SeparableError('argument', `${this.name} (Permute): dims must hold 1, 2, ... once, ${received(dims)}`)
  }

  override call(x: Tensor): Tensor {
    const { dims } = this.config
    if (dims.length !== x.shape.length - 1)
      throw new SeparableError(
        'shape',
        `dims [${dims.join(', ')}] do not fit the axes of the input, ${received([null, ...x.shape.slice(1)])}`,
      )
    return x.map((node) =>
      permuteOp(
        node,
        dims.map((axis) => axis - 1),
      ),
    )
  }
}

/**
 * The axes in another order: `permute({ dims: [3, 1, 2] })` makes [N,C,H,W] of [N,H,W,C].
 * Keras: https://keras.io/api/layers/reshaping_layers/permute/
 * @throws SeparableError (`argument`) when dims are no order of axes, (`shape`) when the input has others
 */
export function permute(args: LayerArgs<typeof permuteSchema>): Permute {
  return new Permute(args)
}
