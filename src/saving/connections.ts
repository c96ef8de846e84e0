/**
 * @file The wiring of Functional models in Keras's configs. Each use of a layer is a node that names the outputs it takes:
 * Keras 2 writes `[[["conv2d", 0, 0, {}]]]`, Keras 3 `[{"args": [{"class_name": "__keras_tensor__", ...}], "kwargs": {}}]`.
 */
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import { Layer, type SymbolicTensor } from '../nn/layer.ts'

/** An output of a layer's n-th use. */
export interface TensorReference {
  readonly layer: string
  readonly use: number
  /** Which of its outputs; 0 for all layers but networks. */
  readonly output: number
}

/** One use of a layer. */
export interface Node {
  /** The layer, made when it is first asked for; an input is its own placeholder. */
  readonly made: () => Layer | SymbolicTensor
  readonly inputs: readonly TensorReference[]
}

/**
 * The uses of the layer that `entry` describes.
 * @throws SeparableError `data` when they are damaged, `unsupported` when the layer is called with anything but outputs of
 *   other layers
 */
export function nodesOf(entry: JsonObject, make: () => Layer | SymbolicTensor, what: string): Node[] {
  const made = once(make)
  const uses = entry.inbound_nodes
  if (!Array.isArray(uses)) throw failure('data', what, 'has no inbound_nodes', uses)
  const nodes = uses.map((use: JsonValue) => ({ made, inputs: inputsOf(use, what) }))
  return nodes.length > 0 ? nodes : [{ made, inputs: [] }]
}

/** A layer used once behind each of these uses, which stand under `name`. */
export function nodesBehind(uses: readonly Node[], name: string, make: () => Layer): Node[] {
  const made = once(make)
  return uses.map((_, use) => ({ made, inputs: [{ layer: name, use, output: 0 }] }))
}

/** All uses of a layer share it. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function inputsOf(use: JsonValue, what: string): TensorReference[] {
  if (Array.isArray(use)) return tensorsIn(use, what)
  if (!isObject(use) || !Array.isArray(use.args)) throw failure('data', what, 'has a damaged inbound_nodes', use)
  const kwargs = isObject(use.kwargs) ? Object.entries(use.kwargs) : []
  for (const [key, value] of kwargs)
    if (value !== null && typeof value !== 'boolean' && !isEmpty(value))
      throw failure('unsupported', what, `is called with the argument ${key}`, value)
  return use.args.flatMap((arg: JsonValue) => tensorsIn(arg, what))
}

/** Masks, which are null where there are none, may stand in lists. */
function isEmpty(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((each) => each === null)
}

/** The inputs or outputs of a graph. Those in a dictionary, which Keras 3 allows, it takes in the order of their keys. */
export function endsIn(value: JsonValue, what: string): TensorReference[] {
  const isDictionary = isObject(value) && value.class_name === undefined
  const ends = isDictionary
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : [value]
  return ends.flatMap((end) => tensorsIn(end, what))
}

/** All tensors that a value names: one, or a list, or lists in lists. */
export function tensorsIn(value: JsonValue, what: string): TensorReference[] {
  if (isObject(value) && value.class_name === '__keras_tensor__' && isObject(value.config))
    return tensorsIn(value.config.keras_history, what)
  if (!Array.isArray(value)) throw failure('unsupported', what, 'is called with something other than outputs', value)
  const [layer, use, output, kwargs] = value
  if (typeof layer !== 'string') return value.flatMap((each) => tensorsIn(each, what))
  if (![use, output].every((number) => Number.isSafeInteger(number) && Number(number) >= 0))
    throw failure('data', what, 'takes an output that is not known', value)
  if (isObject(kwargs)) inputsOf({ args: [], kwargs }, what)
  return [{ layer, use: use as number, output: output as number }]
}

/**
 * References as if all uses were counted from 0. A network that was made with the shape of its input has one more use, its
 * own making, which stands in no config and yet is counted: Keras 2 does so wherever it names an output of the network,
 * Keras 3 only where it names the outputs of the whole, and not for Sequential.
 * @param counted all references that count alike; each use is named by one of them, or outputs alone are meant
 * @param networks the names of those layers that are networks
 */
export function countedFromZero(
  counted: readonly TensorReference[],
  networks: ReadonlySet<string>,
): (reference: TensorReference) => TensorReference {
  const first = new Map<string, number>()
  for (const { layer, use } of counted) first.set(layer, Math.min(use, first.get(layer) ?? 1))
  return (reference) => {
    const { layer, use } = reference
    return networks.has(layer) ? { ...reference, use: use - (first.get(layer) ?? 0) } : reference
  }
}

/** The same nodes, every reference of theirs changed. */
export function withReferences(
  nodes: ReadonlyMap<string, readonly Node[]>,
  change: (reference: TensorReference) => TensorReference,
): ReadonlyMap<string, readonly Node[]> {
  const changed = (node: Node): Node => ({ ...node, inputs: node.inputs.map(change) })
  return new Map([...nodes].map(([name, uses]) => [name, uses.map(changed)]))
}

/** Whether the wiring is in the words of Keras 2. */
export function isLegacyWiring(entries: readonly JsonObject[]): boolean {
  return entries.some(({ inbound_nodes: uses }) => Array.isArray(uses) && Array.isArray(uses[0]))
}

/**
 * Applies all layers in an order that works, and returns what finds their outputs.
 * @throws SeparableError (`data`) when a layer waits for one that is not there, or layers wait for one another
 */
export function connect(
  nodes: ReadonlyMap<string, readonly Node[]>,
  what: string,
): (reference: TensorReference) => SymbolicTensor {
  const outputs = new Map<string, (readonly SymbolicTensor[])[]>([...nodes.keys()].map((name) => [name, []]))
  const find = ({ layer, use, output }: TensorReference): SymbolicTensor | undefined =>
    outputs.get(layer)?.[use]?.[output]
  let waiting = [...nodes].flatMap(([name, uses]) => uses.map((node, use) => ({ name, node, use })))
  while (waiting.length > 0) {
    const later = waiting.filter(({ name, node, use }) => {
      const done = outputs.get(name) as (readonly SymbolicTensor[])[]
      const inputs = node.inputs.map(find)
      if (done.length !== use || inputs.includes(undefined)) return true
      done.push(applied(node, inputs as SymbolicTensor[]))
      return false
    })
    if (later.length === waiting.length)
      throw failure('data', what, 'a layer waits for an output that nothing makes', later[0].name)
    waiting = later
  }
  return (reference) => {
    const output = find(reference)
    if (output) return output
    throw failure('data', what, 'names an output that no layer makes', [reference.layer, reference.use])
  }
}

function applied({ made }: Node, inputs: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
  const layer = made()
  return layer instanceof Layer ? layer.applyAll(inputs) : [layer]
}

function failure(code: 'data' | 'unsupported', what: string, text: string, value: unknown): SeparableError {
  return new SeparableError(code, `${what}: ${text}, ${received(value)}`)
}
