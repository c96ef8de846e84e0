/** @file A weight or an optimizer's slot: it has values from the start and moves into the engine that computes with it. */
import type { Engine } from '../backends/engine.ts'
import { received, SeparableError } from '../base/errors.ts'
import { type Shape, showShape, sizeOf } from '../tensor/ndarray.ts'
import type { Constraint } from './constraints.ts'
import type { Regularizer } from './regularizers.ts'

export interface VariableOptions {
  /** `conv2d/kernel`: where it was made, for messages. Layers of nested networks may have the same. */
  readonly path: string
  /** Its name in engines, which no other variable there may have. Default: `path`. */
  readonly key?: string
  /** As in Keras. */
  readonly shape: Shape
  /** The same elements in the shape that ops want. Default: `shape`. */
  readonly stored?: Shape
  /** Whether an optimizer may change it. Default: true. */
  readonly trainable?: boolean
  /** What it adds to the loss, and what it is brought back to after each step. Default: nothing. */
  readonly regularizer?: Regularizer | null
  readonly constraint?: Constraint | null
  /** The first values, asked for once, when they are needed. Default: zeros. */
  readonly initial?: () => Float32Array<ArrayBuffer>
}

/**
 * Named f32 values with one home at a time: this object, or the memory of an engine. Models that share a layer hand it
 * from engine to engine, so all of them always see its latest values.
 */
export class Variable {
  readonly path: string
  readonly key: string
  readonly shape: Shape
  readonly stored: Shape
  readonly trainable: boolean
  readonly regularizer: Regularizer | null
  readonly constraint: Constraint | null
  readonly #initial: (() => Float32Array<ArrayBuffer>) | undefined
  #values: Float32Array<ArrayBuffer> | undefined
  #home: Engine | undefined

  constructor({
    path,
    key = path,
    shape,
    stored = shape,
    trainable = true,
    regularizer = null,
    constraint = null,
    initial,
  }: VariableOptions) {
    this.path = path
    this.key = key
    this.shape = shape
    this.stored = stored
    this.trainable = trainable
    this.regularizer = regularizer
    this.constraint = constraint
    this.#initial = initial
  }

  /** `kernel` */
  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1)
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** A copy of the values, row-major. */
  read(): Float32Array<ArrayBuffer> {
    return this.#home ? this.#home.read(this.key) : this.#host().slice()
  }

  /** The values of now, without a copy where they are here: nobody may change them. New values come in new arrays. */
  snapshot(): Float32Array<ArrayBuffer> {
    return this.#home ? this.#home.read(this.key) : this.#host()
  }

  /** @throws SeparableError (`shape`) when the number of values does not fit. */
  write(values: ArrayLike<number>): void {
    if (values.length !== this.size)
      throw new SeparableError(
        'shape',
        `${this.path} ${showShape(this.shape)} needs ${this.size} values, ${received(values.length)}`,
      )
    if (this.#home) this.#home.write(this.key, values)
    else this.#values = new Float32Array(values)
  }

  /** As `write`, but the array may become the values themselves: whoever gives it must not change it afterwards. */
  take(values: ArrayLike<number>): void {
    const isOwn = values instanceof Float32Array && values.buffer instanceof ArrayBuffer && values.length === this.size
    if (isOwn && !this.#home) this.#values = values as Float32Array<ArrayBuffer>
    else this.write(values)
  }

  /** Makes `engine` the home of the values. */
  moveTo(engine: Engine): void {
    if (this.#home === engine) return
    engine.declare(this.key, this.stored)
    if (this.#home || this.#values || this.#initial)
      engine.write(this.key, this.#home ? this.#home.read(this.key) : this.#host())
    else engine.clear(this.key) // without an array of zeros
    this.#home = engine
    this.#values = undefined
  }

  /** Brings the values back before their engine closes. */
  leave(engine: Engine): void {
    if (this.#home !== engine) return
    this.#values = engine.read(this.key)
    this.#home = undefined
  }

  #host(): Float32Array<ArrayBuffer> {
    this.#values ??= this.#initial?.() ?? new Float32Array(this.size)
    return this.#values
  }
}
