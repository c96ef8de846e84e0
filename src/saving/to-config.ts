/** @file Networks as Keras 3 describes them in config.json; keys that older versions of Keras 3 refuse are left out. */
import { received, SeparableError } from '../base/errors.ts'
import type { JsonObject, JsonValue } from '../formats/json.ts'
import type { Application, Layer, SymbolicShape, SymbolicTensor } from '../nn/layer.ts'
import { LAYER_CLASSES } from '../nn/layers/index.ts'
import { InputLayer } from '../nn/layers/input.ts'
import { Network } from '../nn/network.ts'
import { kerasObject, oursAlone, toKeras } from './spelling.ts'

/**
 * The class and config of a network, weights excepted.
 * @throws SeparableError (`argument`) when the shape of its input is not known yet
 */
export function networkToKeras(network: Network): JsonObject {
  return network.className === 'Sequential' ? sequentialToKeras(network) : functionalToKeras(network)
}

function sequentialToKeras(network: Network): JsonObject {
  const [entrance] = network.inputs
  const shape = entrance.shape as JsonValue
  const layers = [entrance.source.layer, ...network.layers].map((layer) => layerToKeras(layer))
  const config = { ...common(network), dtype: 'float32', layers, build_input_shape: shape }
  return { ...kerasObject('keras', 'Sequential', config), build_config: { input_shape: shape } }
}

function functionalToKeras(network: Network): JsonObject {
  const { applications, inputs, outputs } = network.topology
  const uses = usesOf(applications)
  const layers = network.layers.map((layer) => ({
    ...layerToKeras(layer),
    name: layer.name,
    inbound_nodes: (uses.get(layer) ?? [])
      .filter((application) => application.inputs.length > 0)
      .map((application) => nodeToKeras(application, uses)),
  }))
  const ends = (tensors: readonly SymbolicTensor[]): JsonValue => {
    const histories = tensors.map((tensor) => endOf(tensor, uses))
    return histories.length === 1 ? histories[0] : histories
  }
  const config = { ...common(network), layers, input_layers: ends(inputs), output_layers: ends(outputs) }
  // Keras exports no name for this class, so it is known by where it stands.
  const functional = kerasObject('keras.src.models.functional', 'Functional', config)
  return { ...functional, registered_name: 'Functional', build_config: { input_shape: null } }
}

function common({ name, trainable }: Layer): JsonObject {
  return { name, trainable }
}

/** A layer's uses within this network; those elsewhere do not count. */
function usesOf(applications: readonly Application[]): ReadonlyMap<Layer, readonly Application[]> {
  const uses = new Map<Layer, Application[]>()
  for (const application of applications)
    uses.set(
      application.layer,
      [...(uses.get(application.layer) ?? []), application].sort((a, b) => a.index - b.index),
    )
  return uses
}

type Uses = ReturnType<typeof usesOf>

function nodeToKeras({ inputs }: Application, uses: Uses): JsonObject {
  const tensors = inputs.map((tensor) => ({
    class_name: '__keras_tensor__',
    config: { shape: tensor.shape as JsonValue, dtype: 'float32', keras_history: historyOf(tensor, uses) },
  }))
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} }
}

function historyOf({ source, index }: SymbolicTensor, uses: Uses): [name: string, use: number, output: number] {
  return [source.layer.name, Math.max(0, (uses.get(source.layer) ?? []).indexOf(source)), index]
}

/** An output of the whole. Here, and nowhere else, Keras counts the making of a Functional model as its first use. */
function endOf(tensor: SymbolicTensor, uses: Uses): JsonValue {
  const [name, use, output] = historyOf(tensor, uses)
  const { layer } = tensor.source
  return [name, layer instanceof Network && layer.className !== 'Sequential' ? use + 1 : use, output]
}

// ------------------------------------------------------------------------------ layers

/** Classes whose constructors in Keras 3 take no `trainable`. */
const WITHOUT_TRAINABLE = new Set(['SpatialDropout1D', 'SpatialDropout2D'])

/** One entry of `layers`. Layers of a user's own go under the name of their class, for Python to know. */
function layerToKeras(layer: Layer): JsonObject {
  if (layer instanceof InputLayer) return inputToKeras(layer)
  if (layer instanceof Network) return networkToKeras(layer)
  const { name, trainable, ...args } = layer.getConfig()
  const common = WITHOUT_TRAINABLE.has(layer.className) ? { name } : { name, trainable }
  const config = { ...common, dtype: 'float32', ...toKeras(args) } as JsonObject
  const known = LAYER_CLASSES.some((each) => (each.className ?? each.name) === layer.className)
  const described = known
    ? kerasObject('keras.layers', layer.className, config)
    : { ...kerasObject('separable', layer.className, config), registered_name: `separable>${layer.className}` }
  const built = layer.weights.length > 0 && { build_config: { input_shape: inputShapeOf(layer) } }
  const ours = oursAlone((layer.constructor as typeof Layer).schema, args)
  return { ...described, ...built, ...(ours && { separable: ours }) }
}

function inputToKeras({ name, output }: InputLayer): JsonObject {
  const config = { batch_shape: output.shape as JsonValue, dtype: 'float32', sparse: false, ragged: false, name }
  return kerasObject('keras.layers', 'InputLayer', config)
}

function inputShapeOf(layer: Layer): JsonValue {
  const shapes = layer.output.source.inputs.map(({ shape }): SymbolicShape => shape)
  if (shapes.length === 0)
    throw new SeparableError('argument', `${layer.name} was not applied yet and cannot be saved, ${received(shapes)}`)
  return (shapes.length === 1 ? shapes[0] : shapes) as JsonValue
}
