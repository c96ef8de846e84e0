/** @file Layers that arrange the elements of an image anew. */
import { received, SeparableError } from '../../base/errors.ts'
import { reshape as reshapeOp } from '../../ops/index.ts'
import { type Shape, sizeOf } from '../../tensor/ndarray.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { field } from '../schema.ts'
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
