/** @file Rebuilds networks from Keras's configs: Sequential and Functional of Keras 2 and 3, nested as one likes. */
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import type { Layer, SymbolicTensor } from '../nn/layer.ts'
import { LAYER_CLASSES, type LayerClass } from '../nn/layers/index.ts'
import { input } from '../nn/layers/input.ts'
import { suggest } from '../nn/names.ts'
import type { Network } from '../nn/network.ts'
import type { Schema } from '../nn/schema.ts'
import { withActivationBehind } from './activation-layers.ts'
import { argumentsFrom } from './arguments.ts'
import {
  connect,
  countedFromZero,
  endsIn,
  isLegacyWiring,
  type Node,
  nodesBehind,
  nodesOf,
  withReferences,
} from './connections.ts'
import type { Notes } from './notes.ts'
import { ofToday } from './older-layers.ts'
import { isOperation, operationNode } from './operations.ts'

/** What makes networks; it lives in a higher layer than this file. */
export interface NetworkFactory<Made extends Network> {
  sequential(stack: readonly (SymbolicTensor | Layer)[], options: { readonly name?: string | undefined }): Made
  functional(args: {
    readonly inputs: readonly SymbolicTensor[]
    readonly outputs: readonly SymbolicTensor[]
    readonly name?: string | undefined
  }): Made
}

export interface Rebuild<Made extends Network> {
  readonly factory: NetworkFactory<Made>
  /** Own classes that the config may name. */
  readonly custom: readonly LayerClass[]
  /** Sizes of one item, where the file leaves them open. */
  readonly inputShape: readonly number[] | undefined
  /** Whether Keras 2 wrote the config. */
  readonly isKeras2: boolean
  readonly notes: Notes
}

/** The most layers of a model, or uses of them; the largest of Keras's own has about a thousand. */
const MAX_LAYERS = 5000

const FUNCTIONAL = ['Functional', 'Model']

/**
 * A new network, its weights not yet loaded.
 * @throws SeparableError `data` when the config is damaged, `unsupported` naming the layer that is not known, that holds
 *   Python code, or that has arguments which would change predictions and are not known
 */
export function networkFrom<Made extends Network>(config: JsonValue, rebuild: Rebuild<Made>): Made {
  const { what } = rebuild.notes
  if (!isObject(config)) throw problem('data', what, 'the config of a model must be an object', config)
  const { class_name: className, config: own } = config
  if (className === 'Sequential') return frozenIf(own, sequentialFrom(own, rebuild, config))
  if (isFunctional(className) && isObject(own)) return frozenIf(own, functionalFrom(own, rebuild))
  throw problem(
    'unsupported',
    what,
    "only Sequential and Functional models can be read, not Python classes of one's own",
    config.registered_name ?? className,
  )
}

/** A network that was frozen is so again, with all layers in it. */
function frozenIf<Made extends Network>(own: JsonValue, network: Made): Made {
  if (isObject(own) && own.trainable === false) network.trainable = false
  return network
}

function isNetwork(className: JsonValue): boolean {
  return className === 'Sequential' || isFunctional(className)
}

function isFunctional(className: JsonValue): boolean {
  return typeof className === 'string' && FUNCTIONAL.includes(className)
}

function sequentialFrom<Made extends Network>(own: JsonValue, rebuild: Rebuild<Made>, whole: JsonObject): Made {
  const { factory, notes } = rebuild
  // Before Keras 2.3 the config was the list of layers itself.
  const { name, layers, build_input_shape: built } = isObject(own) ? own : { layers: own }
  const entries = entriesOf(layers, notes.what)
  const [first] = entries
  if (!first) throw problem('data', notes.what, 'a model needs at least one layer', layers)
  const buildConfig = isObject(whole.build_config) ? whole.build_config.input_shape : undefined
  const shape = inputShapeOf(first) ?? sizesIn(built) ?? sizesIn(buildConfig)
  const isInput = first.class_name === 'InputLayer'
  const entrance = isInput || shape ? [inputFrom(isInput ? first : undefined, shape, rebuild)] : []
  const inside = (isInput ? entries.slice(1) : entries).flatMap((entry) =>
    withActivationBehind(entry, rebuild.isKeras2),
  )
  const stack = inside.map((entry) => layerFrom(entry, rebuild))
  return factory.sequential([...entrance, ...stack], { name: layerName(name) })
}

function functionalFrom<Made extends Network>(own: JsonObject, rebuild: Rebuild<Made>): Made {
  const { factory, notes } = rebuild
  const entries = entriesOf(own.layers, notes.what)
  const nodes = nodesIn(entries, rebuild)
  const inputs = endsIn(own.input_layers, `${notes.what}: input_layers`)
  const outputs = endsIn(own.output_layers, `${notes.what}: output_layers`)
  const isLegacy = isLegacyWiring(entries)
  const between = isLegacy ? [...nodes.values()].flat().flatMap((node) => node.inputs) : []
  const isCounted = isLegacy ? isNetwork : isFunctional
  const networks = new Set(entries.filter((entry) => isCounted(entry.class_name)).map((entry) => nameOf(entry, notes)))
  const fromZero = countedFromZero([...between, ...outputs], networks)
  const outputOf = connect(isLegacy ? withReferences(nodes, fromZero) : nodes, notes.what)
  return factory.functional({
    inputs: inputs.map(outputOf),
    outputs: outputs.map(fromZero).map(outputOf),
    name: layerName(own.name),
  })
}

/** All uses of all layers, under the names by which others refer to them. */
function nodesIn<Made extends Network>(entries: readonly JsonObject[], rebuild: Rebuild<Made>): Map<string, Node[]> {
  const { what } = rebuild.notes
  const nodes = new Map<string, Node[]>()
  const add = (name: string, uses: Node[]) => {
    if (nodes.has(name)) throw problem('data', what, 'two layers have the same name', name)
    nodes.set(name, uses)
  }
  for (const entry of entries) {
    const name = nameOf(entry, rebuild.notes)
    const title = `${what}: ${name}`
    if (isOperation(entry)) {
      add(name, [operationNode(entry, layerName(name) as string, title)])
      continue
    }
    // Who refers to such a layer means the last that is behind it.
    const parts = withActivationBehind(entry, rebuild.isKeras2)
    const nameOfPart = (i: number) => (i === parts.length - 1 ? name : `${name}/${i}`)
    let uses = nodesOf(parts[0], () => makeNodeLayer(parts[0], rebuild), title)
    add(nameOfPart(0), uses)
    for (const [i, part] of parts.slice(1).entries()) {
      uses = nodesBehind(uses, nameOfPart(i), () => layerFrom(part, rebuild))
      add(nameOfPart(i + 1), uses)
    }
  }
  const uses = [...nodes.values()].reduce((sum, each) => sum + each.length, 0)
  if (uses > MAX_LAYERS) throw problem('data', what, `layers are used at most ${MAX_LAYERS} times`, uses)
  return nodes
}

function nameOf(entry: JsonObject, { what }: Notes): string {
  const name = textOf(entry.name) ?? textOf(objectOf(entry.config, what).name)
  if (name === undefined) throw problem('data', what, 'a layer of the graph has no name', entry.class_name)
  return name
}

/** An input is its placeholder already; other layers are applied. */
function makeNodeLayer<Made extends Network>(entry: JsonObject, rebuild: Rebuild<Made>): Layer | SymbolicTensor {
  if (entry.class_name === 'InputLayer') return inputFrom(entry, inputShapeOf(entry), rebuild)
  return layerFrom(entry, rebuild)
}

// ------------------------------------------------------------------------------ layers

/** Policies of Keras 3 for weights in 8 bits and fewer. */
const QUANTIZED = /^(Quantized|GPTQ|AWQ)/

function layerFrom<Made extends Network>(entry: JsonObject, rebuild: Rebuild<Made>): Layer {
  const { notes, custom } = rebuild
  const isCustom = custom.some((each) => (each.className ?? each.name) === entry.class_name)
  const { class_name: className, config, registered_name: registered } = isCustom ? entry : ofToday(entry)
  if (isNetwork(className)) return networkFrom(entry, rebuild)
  if (typeof className !== 'string') throw problem('data', notes.what, 'a layer has no class name', className)
  const own = objectOf(config, `${notes.what}: ${className}`)
  const name = layerName(own.name)
  const title = `${name ?? 'a layer'} (${className})`
  const owner = `${notes.what}: ${title}`
  if (isObject(own.dtype) && QUANTIZED.test(`${own.dtype.class_name}`))
    throw problem('unsupported', owner, 'holds quantized weights, which are not read', own.dtype.config)
  if (className === 'Lambda') throw problem('unsupported', owner, 'holds Python code, which is never run', className)
  const found = [...custom, ...LAYER_CLASSES].find((each) => (each.className ?? each.name) === className)
  const foreign = typeof registered === 'string' && registered.includes('>') && !custom.includes(found as LayerClass)
  if (foreign || !found) throw unknownLayer(owner, className, registered)
  const { schema } = found as unknown as { readonly schema: Schema }
  const given = argumentsFrom(schema, { ...own, ...objectOf(entry.separable ?? {}, owner) }, title, notes)
  const common = { ...(name === undefined ? {} : { name }), trainable: own.trainable !== false }
  return new found({ ...given, ...common } as never)
}

function unknownLayer(owner: string, className: string, registered: JsonValue): SeparableError {
  const names = LAYER_CLASSES.map((each) => each.className ?? each.name)
  const foreign = typeof registered === 'string' && registered.includes('>')
  const reason = foreign ? 'is a Python class of its own; give your own class for it in `custom`' : 'is not known here'
  return problem('unsupported', owner, `${reason}${suggest(className, names)}`, foreign ? registered : className)
}

function inputFrom<Made extends Network>(
  entry: JsonObject | undefined,
  shape: readonly (number | null)[] | undefined,
  { inputShape, notes }: Rebuild<Made>,
): SymbolicTensor {
  const open = shape === undefined || shape.some((size) => size === null)
  const sizes = open ? inputShape : (shape as readonly number[])
  if (!sizes) {
    const advice = 'leaves the shape of its input open: say it with inputShape'
    throw new SeparableError('argument', `${notes.what}: the model ${advice}, ${received(shape)}`)
  }
  const name = entry && isObject(entry.config) ? layerName(entry.config.name) : undefined
  return input({ shape: sizes, ...(name === undefined ? {} : { name }) })
}

/** The sizes of one item in an InputLayer, or in the first layer of a stack. */
function inputShapeOf({ config }: JsonObject): (number | null)[] | undefined {
  return isObject(config) ? (sizesIn(config.batch_shape) ?? sizesIn(config.batch_input_shape)) : undefined
}

/** [null, 32, 32, 3] -> [32, 32, 3] */
function sizesIn(shape: JsonValue | undefined): (number | null)[] | undefined {
  const isSize = (size: JsonValue): size is number | null =>
    size === null || (Number.isSafeInteger(size) && Number(size) > 0)
  return Array.isArray(shape) && shape.length > 1 && shape.every(isSize) ? shape.slice(1) : undefined
}

// ------------------------------------------------------------------------------ plain data

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Keras 2 lets names have slashes (`Conv/BatchNorm` in its MobileNetV3), which here and in Keras 3 part the names of weights. */
function layerName(value: JsonValue | undefined): string | undefined {
  return textOf(value)?.replaceAll('/', '_')
}

/** The descriptions of layers. */
function entriesOf(layers: JsonValue | undefined, what: string): JsonObject[] {
  if (!Array.isArray(layers)) throw problem('data', what, 'layers must be a list', layers)
  if (layers.length > MAX_LAYERS) throw problem('data', what, `a model has at most ${MAX_LAYERS} layers`, layers.length)
  return layers.map((entry) => objectOf(entry, `${what}: a layer`))
}

function objectOf(value: JsonValue | undefined, what: string): JsonObject {
  if (isObject(value)) return value
  throw problem('data', what, 'must be an object', value)
}

function problem(code: 'data' | 'unsupported', what: string, text: string, value: unknown): SeparableError {
  return new SeparableError(code, `${what}: ${text}, ${received(value)}`)
}
