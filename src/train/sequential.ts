/** @file Models that are a plain stack of layers. */
import { received, SeparableError } from '../base/errors.ts'
import { Layer, SymbolicTensor } from '../nn/layer.ts'
import { InputLayer, input } from '../nn/layers/input.ts'
import { resolve, text } from '../nn/schema.ts'
import { type Topology, topologyOf } from '../nn/topology.ts'
import { asArray } from '../tensor/as-array.ts'
import type { Shape } from '../tensor/ndarray.ts'
import { Model } from './model.ts'
import { type Inputs, isOneArray } from './table.ts'

class Sequential extends Model {
  static override readonly className = 'Sequential'
  override readonly layers: readonly Layer[]
  #topology: Topology | undefined

  constructor(stack: readonly (SymbolicTensor | Layer)[], name: string | undefined) {
    super({ name })
    const [first, ...rest] = stack
    const entrance = first instanceof SymbolicTensor && first.source.layer instanceof InputLayer ? first : undefined
    this.layers = (entrance ? rest : stack).map((layer) => {
      if (layer instanceof Layer) return layer
      throw new SeparableError(
        'argument',
        `${this.name}: a stack holds layers, after input() at most, ${received(layer)}`,
      )
    })
    if (this.layers.length === 0)
      throw new SeparableError('argument', `${this.name}: a stack needs at least one layer, ${received(stack)}`)
    if (entrance) this.#wire(entrance)
  }

  override get topology(): Topology {
    if (this.#topology) return this.#topology
    throw new SeparableError(
      'argument',
      `${this.name} does not know the shape of its input: start the stack with input({ shape }), received: no input`,
    )
  }

  override get built(): boolean {
    return this.#topology !== undefined
  }

  override build(shape: Shape): void {
    if (!this.#topology) this.#wire(input({ shape }))
  }

  protected override ready(x: Inputs): void {
    if (!this.#topology && isOneArray(x, false)) this.build(asArray(x, `${this.name}: x`).shape.slice(1))
  }

  #wire(entrance: SymbolicTensor): void {
    const output = this.layers.reduce((x, layer) => layer.apply(x), entrance)
    this.#topology = topologyOf(this.name, [entrance], [output])
  }
}

const sequentialSchema = { name: text('name of the model; null counts up: sequential, sequential_1').orNull() }

/**
 * A model of layers that follow each other; the stack may begin with `input({ shape })`, otherwise the shape comes with the
 * first data. Keras: https://keras.io/api/models/sequential/
 * @throws SeparableError (`argument`) when the stack holds anything but layers, (`shape`) when they do not fit together
 */
export function sequential(
  stack: readonly (SymbolicTensor | Layer)[],
  options: { readonly name?: string | undefined } = {},
): Model {
  if (!Array.isArray(stack))
    throw new SeparableError('argument', `sequential: takes a list of layers, ${received(stack)}`)
  return new Sequential(stack, resolve('sequential', sequentialSchema, options).name ?? undefined)
}
