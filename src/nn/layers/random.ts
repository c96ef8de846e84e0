/** @file What layers have in common that draw random numbers while training. */
import { Random } from '../../base/random.ts'
import { Layer, type LayerArgs } from '../layer.ts'
import { nextRandom } from '../random-state.ts'
import type { ArgsParameter } from '../schema.ts'
import { int, type Json, type Schema } from '../schema.ts'

export const seed = int('of the random numbers; null draws one, as setRandomSeed says', { min: 0 }).orNull()

/**
 * A layer whose schema has the `seed` above. Its numbers are functions of the seed and the number of the step; the seed that
 * it has drawn is part of its config, so that a model from a file draws what the saved one would have drawn.
 */
export abstract class RandomLayer<S extends Schema> extends Layer<S> {
  readonly #seed: number
  readonly #stream: number

  constructor(...args: ArgsParameter<LayerArgs<S>>) {
    super(...args)
    const { seed } = this.config as { readonly seed?: number | null }
    this.#seed = seed ?? nextRandom().uint32()
    // With the class's name, so that a crop and a flip of one seed do not follow each other.
    this.#stream = new Random(this.#seed, this.className).uint32()
  }

  /** The stream of the layer's draw of this number. */
  protected stream(which = 0): number {
    return (this.#stream + which) | 0
  }

  override getConfig(): { [name: string]: Json } {
    return { ...super.getConfig(), seed: this.#seed }
  }
}
