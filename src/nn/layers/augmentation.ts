/**
 * @file What layers have in common that change pictures at random while training: they draw anew for each image of each
 * step, inside the compiled step, and do nothing otherwise.
 */
import { Random } from '../../base/random.ts'
import type { Node } from '../../ir/node.ts'
import { draw } from '../../ops/index.ts'
import { Layer } from '../layer.ts'
import { nextRandom } from '../random-state.ts'
import { int, type Schema } from '../schema.ts'
import type { Tensor } from '../trace.ts'

export const seed = int('of the random numbers; null draws one, as setRandomSeed says', { min: 0 }).orNull()

/** A layer whose schema has the `seed` above. Input [N,H,W,C]. */
export abstract class Augmentation<S extends Schema> extends Layer<S> {
  static override readonly inputRank = 4
  readonly #stream = this.#random().uint32()

  /** What becomes of the pictures while training. */
  protected abstract augment(x: Tensor): Node

  /** What becomes of them otherwise. */
  protected leave(x: Tensor): Node {
    return x.node
  }

  override call(x: Tensor): Tensor {
    return x.map(() => (x.trace.training ? this.augment(x) : this.leave(x)))
  }

  /** Whole numbers i32 [N,K] for each image, number k in [0, choices_k). */
  protected draw(x: Tensor, choices: readonly number[]): Node {
    return draw(x.node, x.trace.scalar('step'), { stream: this.stream(0), choices })
  }

  /** The stream of the layer's draw of this number. */
  protected stream(which: number): number {
    return (this.#stream + which) | 0
  }

  /** With the class's name, so that a crop and a flip of one seed do not follow each other. */
  #random(): Random {
    const { seed } = this.config as { readonly seed?: number | null }
    return typeof seed === 'number' ? new Random(seed, this.className) : nextRandom()
  }
}
