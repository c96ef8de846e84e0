/**
 * @file What Keras keeps of functions on symbolic tensors, `x * 0.5` or `keras.ops.relu(x)`, as layers that compute the same.
 * Keras 3 writes an entry among the layers, `{"module": "keras.src.ops.numpy", "class_name": "Multiply"}`, which is called with
 * tensors and numbers; Keras 2 a layer TFOpLambda or SlicingOpLambda whose config holds the function's name (its own MobileNetV3
 * is full of both), before version 2.4 a TensorFlowOpLayer with a node of TensorFlow's graph.
 */
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import { type Node, type TensorReference, tensorsIn } from './connections.ts'
import { type Call, isKnown, isNumbers, layerOf, type Operand } from './operation-layers.ts'

/** Keras 2's classes for functions. */
const FUNCTION_CLASSES: readonly JsonValue[] = ['TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer']

/** Keras 2 writes this in the place of a layer's name before a number. */
const CONSTANT = '_CONSTANT_VALUE'

/** Arguments by name, in calls of Keras 2, that may be tensors as the first argument is. */
const SECOND_OPERANDS = ['y', 'bias']

/**
 * Whether the entry of a layer in a config is such a function. Keras 3 names no modules in .h5 files, and cannot read them back
 * itself; there a function is told from the layer of the same name, `Add`, by what the configs of all layers hold.
 */
export function isOperation({ module, class_name: className, config }: JsonObject): boolean {
  if (FUNCTION_CLASSES.includes(className)) return true
  if (typeof module === 'string') return /^keras\.(src\.)?ops\b/.test(module)
  const isBare = isObject(config) && !('trainable' in config || 'dtype' in config)
  return isBare && typeof className === 'string' && isKnown(keyOf(className))
}

/** `keras.ops.relu6`, `Relu6`, `math.truediv` -> relu6, relu6, truediv */
function keyOf(title: string): string {
  return title
    .slice(title.lastIndexOf('.') + 1)
    .replaceAll('_', '')
    .toLowerCase()
}

/**
 * @param what file and name, for messages
 * @throws SeparableError `unsupported` when no layer computes the same
 */
export function operationNode(entry: JsonObject, name: string, what: string): Node {
  const title = titleOf(entry)
  if (typeof title !== 'string') throw failure(what, 'has no name of a function', title)
  const call = { ...callOf(entry, what), named: { name } }
  const layer = layerOf(keyOf(title), call)
  const inputs = call.operands.filter((operand): operand is TensorReference => !isNumbers(operand))
  if (!layer || inputs.length === 0)
    throw failure(what, 'no layer computes what this function does with its operands', title)
  return { made: () => layer, inputs }
}

function titleOf({ class_name: className, config }: JsonObject): JsonValue | undefined {
  if (!FUNCTION_CLASSES.includes(className)) return className
  const own = isObject(config) ? config : {}
  return isObject(own.node_def) ? own.node_def.op : own.function
}

/** What the function, which is called once, takes. */
function callOf({ config, inbound_nodes: uses }: JsonObject, what: string): Omit<Call, 'named'> {
  if (!Array.isArray(uses) || uses.length !== 1) throw failure(what, 'must be called once', uses)
  const [use] = uses
  const { name: _, trainable: _trainable, dtype: _dtype, ...own } = isObject(config) ? config : {}
  if (isObject(use) && Array.isArray(use.args))
    return { operands: use.args.flatMap((arg: JsonValue) => operandsIn(arg, what)), options: withoutNull(own) }
  // One call, ["conv2d", 0, 0, {"y": 2}], or, where the first argument is a list, a list of such.
  const calls = Array.isArray(use) && typeof use[0] === 'string' ? [use] : use
  if (!Array.isArray(calls) || !calls.every((call) => Array.isArray(call)))
    throw failure(what, 'has a damaged inbound_nodes', use)
  const first = calls.flatMap(([layer, at, output]) =>
    operandsIn(layer === CONSTANT ? output : [layer, at, output], what),
  )
  const [[, , , kwargs]] = calls
  const { name: _name, ...args } = isObject(kwargs) ? kwargs : {}
  const isSecond = ([key]: [string, JsonValue]) => SECOND_OPERANDS.includes(key)
  const second = Object.entries(args).filter(isSecond)
  const options = Object.fromEntries(Object.entries(args).filter((entry) => !isSecond(entry)))
  const operands = [...first, ...second.flatMap(([, arg]) => operandsIn(arg, what))]
  return { operands: withConstants(operands, own.constants, what), options: withoutNull(options) }
}

function withoutNull(options: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))
}

/** A TensorFlowOpLayer keeps the operands that are no tensors by their places: `{"1": 0.5}`. */
function withConstants(operands: readonly Operand[], constants: JsonValue | undefined, what: string): Operand[] {
  const all = [...operands]
  const entries = isObject(constants) ? Object.entries(constants) : []
  for (const [place, value] of entries.sort(([a], [b]) => Number(a) - Number(b)))
    all.splice(Number(place), 0, ...operandsIn(value, what))
  return all
}

function operandsIn(arg: JsonValue, what: string): Operand[] {
  if (typeof arg === 'number') return [arg]
  const isList = Array.isArray(arg) && arg.length > 0 && arg.every((each) => typeof each === 'number')
  return isList ? [arg as number[]] : tensorsIn(arg, what)
}

function failure(what: string, text: string, value: unknown): SeparableError {
  return new SeparableError('unsupported', `${what}: ${text}, ${received(value)}`)
}
