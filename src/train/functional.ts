/** @file Models wired by hand: from placeholders to placeholders. */
import { type Layer, SymbolicTensor } from '../nn/layer.ts'
import { opaque, resolve, text } from '../nn/schema.ts'
import { type Topology, topologyOf } from '../nn/topology.ts'
import { Model } from './model.ts'

export interface ModelArgs {
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[]
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[]
  /** Default: `functional`, `functional_1`, ... */
  readonly name?: string | undefined
}

class Functional extends Model {
  static override readonly className = 'Functional'
  override readonly topology: Topology

  constructor({ inputs, outputs, name }: ModelArgs) {
    super({ name })
    this.topology = topologyOf(this.name, [inputs].flat(), [outputs].flat())
  }

  override get layers(): readonly Layer[] {
    return this.topology.layers
  }

  override get built(): boolean {
    return true
  }
}

const ends = (doc: string) =>
  opaque<SymbolicTensor | readonly SymbolicTensor[]>(
    doc,
    'a tensor, as input() and apply() return it, or a list of such',
    (value) => [value].flat().every((each) => each instanceof SymbolicTensor),
  )

const modelSchema = {
  inputs: ends('where the model begins'),
  outputs: ends('where it ends'),
  name: text('name of the model; null counts up: functional, functional_1').orNull(),
}

/**
 * A model of everything that lies between inputs and outputs.
 * Keras: https://keras.io/api/models/model/
 * @throws SeparableError (`argument`) when an output needs an input that is not listed, or two layers share a name
 */
export function model(args: ModelArgs): Model {
  const { name, ...ends } = resolve('model', modelSchema, args)
  return new Functional({ ...ends, name: name ?? undefined })
}
