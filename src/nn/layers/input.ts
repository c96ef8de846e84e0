/** @file The entrance of a network. */
import { received, SeparableError } from '../../base/errors.ts'
import { Layer, type LayerArgs, SymbolicTensor } from '../layer.ts'
import { sizes } from '../schema.ts'
import type { Tensor } from '../trace.ts'

const schema = {
  shape: sizes('sizes of one item, without the batch: [32, 32, 3] for colour pictures of 32 x 32 pixels'),
}

export class InputLayer extends Layer<typeof schema> {
  static override readonly className = 'InputLayer'
  static override readonly schema = schema

  override call(x: Tensor): Tensor {
    return x
  }

  override get output(): SymbolicTensor {
    return this.#output
  }

  readonly #output = new SymbolicTensor([null, ...this.config.shape], 'f32', { layer: this, inputs: [], index: 0 })
}

/**
 * The entrance of a network: a placeholder [N, ...shape] of f32 numbers. Bytes may be fed as they are; they stay bytes
 * until they reach the first layer. Keras: https://keras.io/api/layers/core_layers/input/
 * @throws SeparableError (`argument`) when the shape is empty or holds anything but integers of at least 1
 */
export function input(args: LayerArgs<typeof schema>): SymbolicTensor {
  const layer = new InputLayer(args)
  if (layer.config.shape.length === 0)
    throw new SeparableError('argument', `${layer.name}: shape must have at least one axis, ${received(args.shape)}`)
  return layer.output
}
