/** @file Layers without weights that act on each element or only on the shape. */
import { reshape, scale, shift } from '../../ops/index.ts'
import { sizeOf } from '../../tensor/ndarray.ts'
import { activate, activation as activationField } from '../activations.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { regularizers } from '../regularizers.ts'
import { number } from '../schema.ts'
import type { Tensor } from '../trace.ts'

export class Identity extends Layer {
  static override readonly className = 'Identity'

  override call(x: Tensor): Tensor {
    return x
  }
}

/** What it is given: a place for a name. Input and result [N,...]. Keras: https://keras.io/api/layers/core_layers/identity/ */
export function identity(args: LayerArgs<Record<never, never>> = {}): Identity {
  return new Identity(args)
}

export class Flatten extends Layer {
  static override readonly className = 'Flatten'

  override call(x: Tensor): Tensor {
    return x.map((node) => reshape(node, [sizeOf(x.shape.slice(1))]))
  }
}

/** All features of an image in one axis: [N,...] -> [N,K]. Keras: https://keras.io/api/layers/reshaping_layers/flatten/ */
export function flatten(args: LayerArgs<Record<never, never>> = {}): Flatten {
  return new Flatten(args)
}

const activationSchema = { activation: activationField('the function') }

export class Activation extends Layer<typeof activationSchema> {
  static override readonly className = 'Activation'
  static override readonly schema = activationSchema

  override call(x: Tensor): Tensor {
    return activate(this.config.activation, x)
  }
}

/**
 * An activation function as a layer of its own. Input and result [N,...].
 * Keras: https://keras.io/api/layers/core_layers/activation/
 * @throws SeparableError (`argument`) when the name is unknown
 */
export function activation(args: LayerArgs<typeof activationSchema>): Activation {
  return new Activation(args)
}

const rescalingSchema = { scale: number('factor'), offset: number('added after scaling').default(0) }

export class Rescaling extends Layer<typeof rescalingSchema> {
  static override readonly className = 'Rescaling'
  static override readonly schema = rescalingSchema

  override call(x: Tensor): Tensor {
    const { scale: factor, offset } = this.config
    const scaled = x.map((node) => scale(node, factor))
    return offset === 0 ? scaled : scaled.map((node) => shift(node, offset))
  }
}

/**
 * x scale + offset, e.g. `rescaling({ scale: 1 / 255 })` for pictures of bytes. Input and result [N,...].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
 */
export function rescaling(args: LayerArgs<typeof rescalingSchema>): Rescaling {
  return new Rescaling(args)
}

const activitySchema = {
  l1: number('factor of the sum of sizes', { min: 0 }).default(0),
  l2: number('factor of the sum of squares', { min: 0 }).default(0),
}

export class ActivityRegularization extends Layer<typeof activitySchema> {
  static override readonly className = 'ActivityRegularization'
  static override readonly schema = activitySchema

  override call(x: Tensor): Tensor {
    x.trace.penalizeResult(regularizers.l1l2(this.config).penalty(x.node))
    return x
  }
}

/**
 * Changes nothing and adds l1 times the sum of the sizes of its input and l2 times that of their squares, as means over the
 * images of the batch, to the loss. Input and result [N,...]. Defaults: l1 0, l2 0.
 * Keras: https://keras.io/api/layers/regularization_layers/activity_regularization/
 * @throws SeparableError (`argument`) when a factor is negative
 */
export function activityRegularization(args: LayerArgs<typeof activitySchema> = {}): ActivityRegularization {
  return new ActivityRegularization(args)
}
