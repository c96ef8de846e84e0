/**
 * @file What Keras keeps of functions on symbolic tensors, `x * 0.5` or `keras.ops.relu(x)`, as layers that compute the same.
 * Keras 3 writes an entry among the layers, `{"module": "keras.src.ops.numpy", "class_name": "Multiply"}`, which is called with
 * tensors and numbers; Keras 2 a layer TFOpLambda whose config holds the function's name (its own MobileNetV3 is full of both).
 */
import { received, SeparableError } from '../base/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../formats/json.ts'
import type { Layer } from '../nn/layer.ts'
import { layers } from '../nn/layers/index.ts'
import { type Node, type TensorReference, tensorsIn } from './connections.ts'

type Operand = TensorReference | number
type Named = { readonly name: string }

/** x scale + offset */
interface Affine {
  readonly scale: number
  readonly offset: number
}

/** An operation on two operands: of two tensors a layer, of a tensor and a number a `Rescaling`. */
interface Arithmetic {
  readonly both?: (named: Named) => Layer
  readonly withNumber: (c: number) => Affine
  /** The number comes first. */
  readonly ofNumber?: (c: number) => Affine
}

const plus = (c: number): Affine => ({ scale: 1, offset: c })
const times = (c: number): Affine => ({ scale: c, offset: 0 })

const ARITHMETIC: ReadonlyMap<string, Arithmetic> = new Map<string, Arithmetic>([
  ['add', { both: layers.add, withNumber: plus, ofNumber: plus }],
  ['subtract', { both: layers.subtract, withNumber: (c) => plus(-c), ofNumber: (c) => ({ scale: -1, offset: c }) }],
  ['multiply', { both: layers.multiply, withNumber: times, ofNumber: times }],
  ['truedivide', { withNumber: (c) => times(1 / c) }],
])

type ActivationName = Extract<Parameters<typeof layers.activation>[0]['activation'], string>

/** Functions of one tensor, and what their configs must say. */
const FUNCTIONS: ReadonlyMap<string, readonly [ActivationName, JsonObject?]> = new Map([
  ['elu', ['elu', { alpha: 1 }]],
  ['gelu', ['gelu', { approximate: false }]],
  ['hardsigmoid', ['hardSigmoid']],
  ['hardsilu', ['hardSilu']],
  ['leakyrelu', ['leakyRelu', { negative_slope: 0.2 }]],
  ['relu', ['relu']],
  ['relu6', ['relu6']],
  ['selu', ['selu']],
  ['sigmoid', ['sigmoid']],
  ['silu', ['silu']],
  ['softmax', ['softmax', { axis: -1 }]],
  ['softplus', ['softplus']],
  ['softsign', ['softsign']],
  ['tanh', ['tanh']],
])

/** Keras 2's spelling, where it is another one. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['truediv', 'truedivide'],
  ['swish', 'silu'],
])

/** Keras 2 writes this in the place of a layer's name before a number. */
const CONSTANT = '_CONSTANT_VALUE'

/**
 * Whether the entry of a layer in a config is such a function. Keras 3 names no modules in .h5 files, and cannot read them back
 * itself; there a function is told from the layer of the same name, `Add`, by what the configs of all layers hold.
 */
export function isOperation({ module, class_name: className, config }: JsonObject): boolean {
  if (className === 'TFOpLambda') return true
  if (typeof module === 'string') return /^keras\.(src\.)?ops\b/.test(module)
  const isBare = isObject(config) && !('trainable' in config || 'dtype' in config)
  return isBare && typeof className === 'string' && isKnown(keyOf(className))
}

/** `keras.ops.relu6`, `Relu6`, `math.truediv` -> relu6, relu6, truedivide */
function keyOf(title: string): string {
  const last = title.slice(title.lastIndexOf('.') + 1).replaceAll('_', '')
  return RENAMED.get(last) ?? last.toLowerCase()
}

function isKnown(key: string): boolean {
  return ARITHMETIC.has(key) || FUNCTIONS.has(key)
}

/**
 * @param what file and name, for messages
 * @throws SeparableError `unsupported` when no layer computes the same
 */
export function operationNode(entry: JsonObject, name: string, what: string): Node {
  const config = isObject(entry.config) ? entry.config : {}
  const title = entry.class_name === 'TFOpLambda' ? config.function : entry.class_name
  if (typeof title !== 'string') throw failure(what, 'has no name of a function', title)
  const key = keyOf(title)
  const operands = operandsOf(entry.inbound_nodes, what)
  const inputs = operands.filter((operand) => typeof operand !== 'number')
  const layer = arithmeticLayer(key, operands, { name }) ?? functionLayer(key, config, operands, { name })
  if (!layer || inputs.length === 0)
    throw failure(what, 'no layer computes what this function does with its operands', title)
  return { made: () => layer, inputs }
}

function arithmeticLayer(key: string, operands: readonly Operand[], named: Named): Layer | undefined {
  const arithmetic = ARITHMETIC.get(key)
  if (!arithmetic || operands.length !== 2) return undefined
  const [first, second] = operands
  if (typeof second === 'number') return layers.rescaling({ ...arithmetic.withNumber(second), ...named })
  if (typeof first === 'number')
    return arithmetic.ofNumber && layers.rescaling({ ...arithmetic.ofNumber(first), ...named })
  return arithmetic.both?.(named)
}

function functionLayer(key: string, config: JsonObject, operands: readonly Operand[], named: Named): Layer | undefined {
  const [activation, needs = {}] = FUNCTIONS.get(key) ?? []
  if (!activation || operands.length !== 1) return undefined
  const others = Object.entries(needs).some(([argument, value]) => (config[argument] ?? value) !== value)
  return others ? undefined : layers.activation({ activation, ...named })
}

/** Tensors and numbers in the order in which the function, which is called once, takes them. */
function operandsOf(uses: JsonValue | undefined, what: string): Operand[] {
  if (!Array.isArray(uses) || uses.length !== 1) throw failure(what, 'must be called once', uses)
  const [use] = uses
  if (isObject(use) && Array.isArray(use.args)) return use.args.flatMap((arg: JsonValue) => operandOf(arg, what))
  const [call] = Array.isArray(use) ? use : []
  if (!Array.isArray(call)) throw failure(what, 'has a damaged inbound_nodes', use)
  const [layer, at, output, kwargs] = call
  const { name: _, ...rest } = isObject(kwargs) ? kwargs : {}
  const first = layer === CONSTANT ? operandOf(output, what) : operandOf([layer, at, output], what)
  return [...first, ...Object.values(rest).flatMap((arg) => operandOf(arg, what))]
}

function operandOf(arg: JsonValue, what: string): Operand[] {
  return typeof arg === 'number' ? [arg] : tensorsIn(arg, what)
}

function failure(what: string, text: string, value: unknown): SeparableError {
  return new SeparableError('unsupported', `${what}: ${text}, ${received(value)}`)
}
