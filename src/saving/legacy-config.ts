/**
 * @file Configs of networks for .h5 files, in words that Keras 2 and Keras 3 both read: Keras 3 knows the older ones of what has
 * two, Keras 2 no others.
 */
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import { SHORT_LOSS_NAMES } from '../nn/losses/index.ts'
import { kerasKey } from './spelling.ts'

/**
 * Where a graph holds another network, whose uses Keras 2 counts from 1 and Keras 3 from 0, the words are those of Keras 3 alone.
 * @param network class and config of a network as Keras 3 writes them
 */
export function inOlderWords(network: JsonObject): JsonObject {
  const { module: _module, registered_name: _registered, build_config: _build, ...entry } = network
  return isNested(entry) ? entry : translated(entry)
}

function isNested({ class_name: className, config }: JsonObject): boolean {
  const inner = layersIn(config).filter((layer) => layersIn(layer.config).length > 0)
  return inner.length > 0 && (className !== 'Sequential' || inner.some(isNested))
}

function layersIn(config: JsonValue): readonly JsonObject[] {
  return ((config as JsonObject).layers ?? []) as readonly JsonObject[]
}

function translated(network: JsonObject): JsonObject {
  const { module: _module, registered_name: _registered, build_config: _build, ...entry } = network
  const config = entry.config as JsonObject
  const layers = layersIn(config).map(layerInOlderWords)
  if (entry.class_name === 'Sequential') return { ...entry, config: { ...config, layers } }
  const wired = layers.map((layer) => ({
    ...layer,
    inbound_nodes: (layer.inbound_nodes as readonly JsonObject[]).map(({ args }) => nodeInOlderWords(args)),
  }))
  const [inputs, outputs] = [config.input_layers, config.output_layers].map(inList)
  return { ...entry, config: { ...config, layers: wired, input_layers: inputs, output_layers: outputs } }
}

function layerInOlderWords(layer: JsonObject): JsonObject {
  const config = layer.config as JsonObject
  if (layersIn(config).length > 0) return translated(layer)
  if (layer.class_name === 'InputLayer') {
    // Keras 3.0 knows the older word only where no module is named.
    const { module: _module, registered_name: _registered, ...entry } = layer
    return { ...entry, config: renamed(config, 'batch_shape', 'batch_input_shape') }
  }
  if (layer.class_name === 'LeakyReLU') return { ...layer, config: renamed(config, 'negative_slope', 'alpha') }
  return { ...layer, config: Object.fromEntries(Object.entries(config).filter(isNoNews)) }
}

/** Arguments that Keras 2 does not know, where they are off. */
const NEWS: ReadonlySet<string> = new Set(['pad_to_aspect_ratio'])

function isNoNews([key, value]: readonly [string, JsonValue]): boolean {
  return !NEWS.has(key) || value !== false
}

function renamed(config: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key === from ? to : key, value]))
}

/** `[["conv2d", 0, 0, {}], ...]` */
function nodeInOlderWords(args: JsonValue | undefined): JsonValue {
  const tensors = (args as readonly JsonValue[]).flat() as readonly JsonObject[]
  return tensors.map(({ config }) => [...((config as JsonObject).keras_history as readonly JsonValue[]), {}])
}

/** `["conv2d", 0, 0]` -> `[["conv2d", 0, 0]]` */
function inList(ends: JsonValue): JsonValue {
  return Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends
}

/** @param compile how a model was compiled, as Keras 3 writes it */
export function trainingInOlderWords(compile: JsonObject): JsonObject {
  const { optimizer, loss, metrics, weighted_metrics: weighted, ...others } = compile
  return {
    ...others,
    loss: withLongNames(loss),
    metrics: withLongNames(metrics),
    weighted_metrics: withLongNames(weighted),
    optimizer_config: optimizerInOlderWords(optimizer as JsonObject),
  }
}

/** Without what is off and newer than Keras 2. */
function optimizerInOlderWords({ class_name: className, config }: JsonObject): JsonObject {
  const { use_ema: useEma } = config as JsonObject
  const isOff = ([key, value]: [string, JsonValue]) => value === null || (!useEma && /^(use_)?ema(_|$)/.test(key))
  const entries = Object.entries(config as JsonObject).filter((entry) => !isOff(entry))
  return { class_name: className, config: Object.fromEntries(entries) }
}

/** Short names, `mse`, by their long ones: Keras 3 does not find them again in these files. */
function withLongNames(names: JsonValue): JsonValue {
  if (typeof names === 'string') return Object.hasOwn(LONG, names) ? kerasKey(LONG[names]) : names
  if (Array.isArray(names)) return names.map(withLongNames)
  if (!isObject(names) || typeof names.class_name === 'string') return names
  return Object.fromEntries(Object.entries(names).map(([output, each]) => [output, withLongNames(each)]))
}

const LONG: { readonly [name: string]: string } = SHORT_LOSS_NAMES
