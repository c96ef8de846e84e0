/** @file Layers that mirror pictures or cut windows out of them at random while training. */
import { received, SeparableError } from '../../base/errors.ts'
import type { Node } from '../../ir/node.ts'
import { crop } from '../../ops/index.ts'
import type { LayerArgs } from '../layer.ts'
import { int, oneOf, pair } from '../schema.ts'
import type { Tensor } from '../trace.ts'
import { Augmentation } from './augmentation.ts'
import { seed } from './random.ts'
import { resizing } from './resizing.ts'

const flipSchema = {
  mode: oneOf('which ways to mirror', 'horizontal', 'vertical', 'horizontalAndVertical').default(
    'horizontalAndVertical',
  ),
  seed,
}

export class RandomFlip extends Augmentation<typeof flipSchema> {
  static override readonly className = 'RandomFlip'
  static override readonly schema = flipSchema

  protected override augment(x: Tensor): Node {
    const { mode } = this.config
    const [, height, width] = x.shape
    const sides = (flips: boolean) => (flips ? 2 : 1)
    const places = this.draw(x, [1, 1, sides(mode !== 'horizontal'), sides(mode !== 'vertical')])
    return crop(x.node, places, { size: [height, width], padding: [0, 0] })
  }
}

/**
 * Mirrors each picture with probability 1/2 while training: left to right (`horizontal`), upside down (`vertical`) or, by
 * default, each of the two independently. Other values pass unchanged. Input and result [N,H,W,C].
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/
 * @throws SeparableError (`argument`) when the mode is unknown
 */
export function randomFlip(args: LayerArgs<typeof flipSchema> = {}): RandomFlip {
  return new RandomFlip(args)
}

const cropSchema = {
  height: int('rows of the window', { min: 1 }),
  width: int('columns of the window', { min: 1 }),
  zeroPadding: pair('rows and columns of zeros on each side of the picture, where windows may lie too', {
    min: 0,
  }).default(0),
  seed,
}

export class RandomCrop extends Augmentation<typeof cropSchema> {
  static override readonly className = 'RandomCrop'
  static override readonly schema = cropSchema

  protected override augment(x: Tensor): Node {
    const { height, width, zeroPadding } = this.config
    const [downwards, sideways] = this.#room(x)
    const places = this.draw(x, [downwards + 1, sideways + 1, 1, 1])
    return crop(x.node, places, { size: [height, width], padding: zeroPadding })
  }

  protected override leave(x: Tensor): Node {
    this.#room(x)
    const { height, width } = this.config
    if (x.shape[1] === height && x.shape[2] === width) return x.node
    return resizing({ name: this.name, height, width, cropToAspectRatio: true }).call(x).node
  }

  /** How many rows and columns the padded picture is larger than the window. */
  #room({ shape }: Tensor): number[] {
    const { height, width, zeroPadding } = this.config
    const room = [height, width].map((size, axis) => shape[1 + axis] + 2 * zeroPadding[axis] - size)
    if (room.some((n) => n < 0))
      throw new SeparableError(
        'shape',
        `a window of [${height}, ${width}] must fit into the picture and its zeroPadding of [${zeroPadding.join(', ')}], ` +
          received([null, ...shape.slice(1)]),
      )
    return room
  }
}

/**
 * While training a window of each picture, at a place drawn for each image; otherwise the whole picture in the size of the
 * window, as `resizing` with `cropToAspectRatio` makes it. The usual recipe for CIFAR,
 * `randomCrop({ height: 32, width: 32, zeroPadding: 4 })`, moves pictures by up to four pixels in each direction while
 * training and leaves them alone otherwise.
 *
 * Input [N,H,W,C], result [N,height,width,C]. `zeroPadding` is not Keras's: files keep it where Keras, which then only
 * cuts from the picture itself, looks past it. Keras takes one place for all images of a batch, and resizes while training too where a window does not fit.
 * Keras: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_crop/
 * @throws SeparableError (`argument`) when sizes do not fit, (`shape`) when the window is larger than the padded picture
 */
export function randomCrop(args: LayerArgs<typeof cropSchema>): RandomCrop {
  return new RandomCrop(args)
}
